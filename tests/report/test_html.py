"""The page of `cost --html`: whole, harmless whatever the program says, and right in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cloister.cli.html.axes import marks, step, time_step
from cloister.cli.html.layout import lay_out
from cloister.cli.html.marks import Markup, join, tag
from cloister.cli.main import main
from cloister.compiler.ir.text import parse_circuit

from ..cli.terminal import Done, typed

Capture = pytest.CaptureFixture[str]

#: A program that would like to be part of the page.
PROGRAM = """\
from stats import std
party a, b, c
security honest_majority, semi_honest
size rows <= 1_000
param steps: int = 300
input x: int32[rows] in -1000..1000 from each  # </script><script>document.title = "taken"</script>
input q: uint8 from a  # " onload="document.title = 'taken'" & <b>
v = q
for i in range(steps):
    v = clamp(v * 3 - q, 0, 255)
output last = v to all
output spread = std(x) to all
output most = max(x) to b if count(x > 3) > 5
"""

#: Beside the page: what it says of itself once it is there, and after its buttons were used.
HARNESS = """\
<!doctype html><meta charset="utf-8"><iframe src="page.html" width="{width}" height="900"></iframe><pre id="said"></pre>
<script>
document.querySelector("iframe").addEventListener("load", (event) => {{
  const page = event.target.contentDocument, view = event.target.contentWindow, said = {{}};
  const drawing = page.getElementById("circuit");
  const shown = () => drawing.getAttribute("viewBox").split(" ").map(Number);
  const press = (name) => page.querySelector(`[data-zoom=${{name}}]`).click();
  const key = (name) => drawing.dispatchEvent(new view.KeyboardEvent("keydown", {{ key: name, bubbles: true }}));
  said.title = page.title;
  said.overflow = page.documentElement.scrollWidth - page.documentElement.clientWidth;
  said.background = view.getComputedStyle(page.body).backgroundColor;
  said.scripts = page.scripts.length;
  press("whole"); said.whole = shown();
  press("in"); said.closer = shown();
  key("ArrowRight"); said.moved = shown();
  press("out"); press("whole"); said.again = shown();
  drawing.dispatchEvent(new view.WheelEvent("wheel", {{ deltaY: -200, ctrlKey: true, cancelable: true }}));
  said.wheel = shown();
  const box = page.querySelector(".box.input");
  box.dispatchEvent(new view.MouseEvent("click", {{ bubbles: true }}));
  said.chosen = page.getElementById("chosen").textContent;
  said.near = page.querySelectorAll(".arrow.near").length;
  const heat = () => view.getComputedStyle(page.querySelector("#L6 td.text")).backgroundColor;
  said.heat = [heat()];
  page.getElementById("heat-bytes").click(); said.heat.push(heat());
  const lost = [...page.querySelectorAll("h2, figcaption, .tiles .value")].filter((one) => {{
    const room = one.getBoundingClientRect();
    return room.left < 0 || room.right > page.documentElement.clientWidth || room.width === 0;
  }});
  said.lost = lost.map((one) => one.textContent);
  document.getElementById("said").textContent = JSON.stringify(said);
}});
</script>
"""

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program stands, and its page."""
    found = tmp_path_factory.mktemp("page")
    (found / "program.mpc").write_text(PROGRAM, encoding="utf-8")
    assert main(["cost", str(found / "program.mpc"), "--html", str(found / "page.html"), "--json"]) == 0
    return found


@pytest.fixture
def page(folder: Path) -> str:
    return (folder / "page.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Holds every element against its end, and keeps what matters."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return reader


# --------------------------------------------------------------------------- the page as text


def test_text_becomes_markup_only_as_text() -> None:
    assert tag("p", "<&>\"'", Markup("<b></b>"), class_="a\"b", data_x="1", gone=None, there=True) == (
        '<p class="a&quot;b" data-x="1" there>&lt;&amp;&gt;&quot;&#x27;<b></b></p>')
    assert join("<", tag("br")) == "&lt;<br>"


def test_the_page_needs_nothing_else(page: str) -> None:
    found = read(page).found
    assert not [one for one, attributes in found if {"src", "srcset", "action"} & attributes.keys()]
    assert not [one for one, _ in found if one in ("link", "img", "iframe", "object", "embed", "base")]
    links = [attributes["href"] for one, attributes in found if one == "a"]
    assert links
    assert all(link is not None and re.fullmatch(r"#L\d+", link) for link in links)
    assert "://" not in page
    assert "url(#head)" in page
    assert page.count("url(") == page.count("url(#head)")
    assert not [attributes for _, attributes in found if any(name.startswith("on") for name in attributes)]


def test_the_program_is_shown_as_it_is_and_does_nothing(page: str) -> None:
    reader = read(page)
    assert [one for one, _ in reader.found].count("script") == 1
    for line in PROGRAM.splitlines():
        assert line in reader.text
    policy = next(a["content"] for one, a in reader.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "script-src 'sha256-" in policy


def test_every_number_of_the_command_is_on_the_page(page: str, folder: Path, capsys: Capture) -> None:
    text = read(page).text
    told = typed(capsys, "cost", folder / "program.mpc", "--json").json
    assert f"rounds{told['rounds']:,}" in text
    assert told["digest"] in text
    assert told["circuit_digest"] in text
    assert "300 trips" in text
    assert "stdlib/stats.mpc" in text


@pytest.mark.parametrize("text", [
    "party a, b, c\nsecurity honest_majority, semi_honest\noutput one = 1 to all\n",
    "party a, b, c\nsecurity honest_majority, semi_honest\ninput x: uint8 from a\noutput y = x to a\n",
    "party a, b, c\nsecurity honest_majority, semi_honest\nsize rows up to 50\ninput x: uint8[rows] from each\n"
    "m = reveal(count(x > 3) > 7)\noutput y = (sum(x) if m else 0) to a\n",
    "party a, b, c\nsecurity honest_majority, semi_honest\nsize rows <= 100\ninput x: uint8[rows] from a\n"
    "output y = x[60] * x[0] to all\n",
    "party a, b\nsecurity dishonest_majority, semi_honest\nsize rows\ninput x: uint8[rows] from a\n"
    "input y: uint8[rows] from b\noutput m = max(x * y) to all\n",
])
def test_programs_of_every_kind_have_a_page(text: str, tmp_path: Path, capsys: Capture) -> None:
    more = ("-D", "rows=64") if "size rows\n" in text else ()
    (tmp_path / "program.mpc").write_text(text, encoding="utf-8")
    assert typed(capsys, "cost", tmp_path / "program.mpc", "--html", tmp_path / "page.html", *more).code == 0
    assert "The circuit" in read((tmp_path / "page.html").read_text(encoding="utf-8")).text


def test_growth_is_drawn_over_what_has_several_values(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    def command(*more: str, file: Path = tmp_path / "page.html") -> Done:
        return typed(capsys, "cost", folder / "program.mpc", "--html", file, *more)

    assert command("-D", "steps=70,140").code == 0
    text = read((tmp_path / "page.html").read_text(encoding="utf-8")).text
    assert "time over steps" in text
    assert "over rows" not in text
    refused = command("-D", "rows=1,2", "-D", "steps=3,4")
    assert refused.code == 2
    assert "over one name, not over rows and steps" in refused.err
    nowhere = command(file=tmp_path / "no" / "page.html")
    assert (nowhere.code, "there is no folder" in nowhere.err) == (2, True)


# --------------------------------------------------------------------------- axes and places


@pytest.mark.parametrize(("rough", "round_"), [(0.0013, 0.002), (1, 1), (21, 50), (60, 100)])
def test_steps_are_round(rough: float, round_: float) -> None:
    assert step(rough) == pytest.approx(round_)


@pytest.mark.parametrize(("rough", "round_"), [(0.3, 0.5), (29, 50), (61, 120), (4000, 7200), (1e6, 1e6)])
def test_steps_of_time_are_those_of_clocks(rough: float, round_: float) -> None:
    assert time_step(rough) == pytest.approx(round_)
    assert marks(0, 2.5 * round_, round_) == pytest.approx([0, round_, 2 * round_])


def test_the_layers_follow_the_arrows() -> None:
    circuit = parse_circuit("""\
circuit
%0 = input {name: 'x.a'} : num[0..9]<5>
%1 = const {values: (3,)} : public num[3..3]<5>
%2 = add %0 %1 : num[3..12]<5>
%3 = mul %2 %0 : num[0..108]<5>
%4 = add %3 %2 : num[3..120]<5>
""")
    drawing = lay_out(circuit, "n")
    layer = {box.id: box.layer for box in drawing.boxes}
    assert len(drawing.boxes) == 4, "the constant is no box"
    assert {box.label for box in drawing.boxes} == {"x.a", "add 3", "mul", "add"}
    assert all(layer[a] < layer[b] for a, b in drawing.arrows)
    assert len({(box.layer, box.row) for box in drawing.boxes}) == 4


def test_alike_operations_of_large_circuits_share_boxes() -> None:
    lines = ["circuit", "%0 = input {name: 'x.a'} : num[0..9]<5>"]
    lines += [f"%{i} = scale {{by: {i}}} %0 : num[0..{9 * i}]<5>" for i in range(1, 900)]
    drawing = lay_out(parse_circuit("\n".join(lines) + "\n"), "n")
    assert sorted(box.label for box in drawing.boxes) == ["scale × 899", "x.a"]
    assert len(drawing.arrows) == 1


# --------------------------------------------------------------------------- in a browser


def looked_at(folder: Path, work: Path, width: int, dark: bool) -> dict[str, Any]:
    """What the page says of itself in a frame of this width; the browser works in a folder of its own."""
    shutil.copy(folder / "page.html", work)
    harness = work / "harness.html"
    harness.write_text(HARNESS.format(width=width), encoding="utf-8")
    command = [
        str(BROWSER), "--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
        f"--user-data-dir={work / 'profile'}", f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        "--virtual-time-budget=5000", "--dump-dom", harness.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    said = re.search(r'<pre id="said">(.*?)</pre>', done.stdout, re.DOTALL)
    assert said is not None
    assert said[1], done.stderr[-2000:]
    found: dict[str, Any] = json.loads(unescape(said[1]))
    return found


@pytest.mark.skipif(BROWSER is None, reason="there is no browser here")
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (380, False)])
def test_in_a_real_browser(width: int, dark: bool, folder: Path, tmp_path: Path) -> None:
    said = looked_at(folder, tmp_path, width, dark)
    assert said["title"] == "What program.mpc costs"
    assert said["scripts"] == 1
    assert said["overflow"] <= 0, "the page as a whole does not scroll sideways"
    assert said["lost"] == []
    red, green, blue = map(int, re.findall(r"\d+", said["background"])[:3])
    assert (max(red, green, blue) < 64) if dark else (min(red, green, blue) > 200)
    assert said["closer"][2] == pytest.approx(said["whole"][2] / 1.5)
    assert said["moved"][0] > said["closer"][0]
    assert said["again"] == said["whole"]
    assert said["wheel"][2] < said["whole"][2]
    assert "gives num" in said["chosen"]
    assert "show the line" in said["chosen"]
    assert said["near"] > 0
    assert said["heat"][0] != said["heat"][1]
