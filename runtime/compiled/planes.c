/* Work on bit planes that takes numpy a call for each layer of gates: where planes are short, the calls are the time.

   Nothing branches on a word of a plane, or is indexed by one: only on sizes and on the circuit, which all know. */

#include <stdint.h>
#include <string.h>

#include "planes.h"

static void columns_of_network(int64_t parts, const uint64_t *const *part, const int64_t *heights,
                               int64_t gates, const int64_t *left, const int64_t *right, const int64_t *place,
                               int64_t copies, const int64_t *from, const int64_t *to,
                               int64_t columns, int64_t start, int64_t width, int64_t step,
                               uintptr_t *wire, uint64_t *scratch, uint64_t *out)
{
    uintptr_t *next = wire;
    for (int64_t p = 0; p < parts; p++)
        for (int64_t row = 0; row < heights[p]; row++)
            *next++ = (uintptr_t)(part[p] + row * columns + start);
    for (int64_t g = 0; g < gates; g++) {
        const uint64_t *a = (const uint64_t *)wire[left[g]], *b = (const uint64_t *)wire[right[g]];
        uint64_t *restrict made = place[g] >= 0 ? out + place[g] * columns + start : scratch + (-1 - place[g]) * step;
        for (int64_t i = 0; i < width; i++)
            made[i] = a[i] ^ b[i];
        *next++ = (uintptr_t)made;
    }
    for (int64_t i = 0; i < copies; i++)
        memcpy(out + to[i] * columns + start, (const uint64_t *)wire[from[i]], (size_t)width * sizeof(uint64_t));
}

void cloister_xors(int64_t components, int64_t parts, const uint64_t *const *part, const int64_t *heights,
                   int64_t gates, const int64_t *left, const int64_t *right, const int64_t *place,
                   int64_t copies, const int64_t *from, const int64_t *to,
                   int64_t columns, int64_t step, uint64_t *room, uint64_t *const *out)
{
    int64_t wires = gates;
    for (int64_t p = 0; p < parts; p++)
        wires += heights[p];
    for (int64_t c = 0; c < components; c++)
        for (int64_t start = 0; start < columns; start += step)
            columns_of_network(parts, part + c * parts, heights, gates, left, right, place, copies, from, to, columns,
                               start, columns - start < step ? columns - start : step, step, (uintptr_t *)room,
                               room + wires, out[c]);
}

void cloister_conjoin(int64_t rows, int64_t words, const uint64_t *x0, const uint64_t *x1, int64_t x_apart,
                      const uint64_t *y0, const uint64_t *y1, int64_t y_apart, uint64_t kept, uint64_t *restrict out)
{
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t i = 0; i < words; i++)
            out[i] ^= (x0[i] & (y0[i] ^ y1[i])) ^ (x1[i] & y0[i]);
        if (words)
            out[words - 1] &= kept;
        x0 += x_apart, x1 += x_apart, y0 += y_apart, y1 += y_apart, out += words;
    }
}

uint64_t cloister_widen(int64_t rows, int64_t words, int64_t nbytes, const uint8_t *from, uint64_t *out)
{
    uint64_t last = 0;
    for (int64_t row = 0; row < rows; row++, from += nbytes, out += words) {
        out[words - 1] = 0;
        memcpy(out, from, (size_t)nbytes);
        last |= out[words - 1];
    }
    return last;
}
