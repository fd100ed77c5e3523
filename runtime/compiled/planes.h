/* What Python may call, read by cffi as it stands. Sizes and indices are checked before a call, never here. */

/* Raised whenever the meaning of anything here changes: a module built from an earlier text is not taken. */
#define REVISION 2

/* A network of XORs over planes of `columns` words, for each of some components (see runtime/wiring.py).

   Wires 0, 1, .. are the planes of the parts, heights[p] of them in part[c * parts + p] for component c; then the gates:
   left[g] XOR right[g], of wires before. Gate g is row place[g] of out[c], or, where that is negative, row -1 - place[g]
   of the scratch, whose rows have `step` words: so many columns are done at a time. Row to[i] of out[c] is a copy of wire
   from[i]. `room` has a word for each wire, and then the scratch. */
void cloister_xors(int64_t components, int64_t parts, const uint64_t *const *part, const int64_t *heights,
                   int64_t gates, const int64_t *left, const int64_t *right, const int64_t *place,
                   int64_t copies, const int64_t *from, const int64_t *to,
                   int64_t columns, int64_t step, uint64_t *room, uint64_t *const *out);

/* out ^= (x0 & (y0 ^ y1)) ^ (x1 & y0) over `rows` planes of `words` words, of whose last one the bits `kept` stay. Planes
   of x stand x_apart words from each other (0: one plane goes with all), those of y y_apart words. */
void cloister_conjoin(int64_t rows, int64_t words, const uint64_t *x0, const uint64_t *x1, int64_t x_apart,
                      const uint64_t *y0, const uint64_t *y1, int64_t y_apart, uint64_t kept, uint64_t *out);

/* Rows of `nbytes` bytes, one after the other, as planes of `words` words that end in zeros. Returns the last words of all
   planes, OR-ed. */
uint64_t cloister_widen(int64_t rows, int64_t words, int64_t nbytes, const uint8_t *from, uint64_t *out);
