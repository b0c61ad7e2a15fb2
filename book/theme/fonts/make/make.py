#!/usr/bin/env python3
"""책의 글꼴을 모두 다시 만듭니다. 저장소의 맨 위에서 이 명령 하나만 실행합니다.

    python3 book/theme/fonts/make/make.py

도구(fonttools)와 원본(Pretendard, D2Coding)을 정해 둔 판으로 받고, 책을 묶고, 거기에 나오는 글자를 골라 만듭니다.
받은 것은 target/fonts에 두므로 다시 할 때에는 받지 않습니다. 같은 글에서는 바이트까지 같은 파일이 나옵니다.

화면의 글꼴은 둘씩 나눕니다. 앞의 것에는 묶은 책에 나오는 글자만 있어 가볍고 늘 받습니다.
뒤의 것(-more)에는 프로그램이 실행 중에 낼 수 있는 나머지 글자가 있고, 그런 글자가 나올 때만 받습니다.
종이(PDF)의 글꼴은 나누지 않고, 굵기마다 파일이 따로입니다. 크로미움은 굵기가 이어진 글꼴(variable font)을
PDF에 글자마다 그림으로(Type 3) 넣습니다.
"""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from html.parser import HTMLParser
from pathlib import Path

FONTS = Path(__file__).resolve().parent.parent
PAPER = FONTS.parent / "paper"
ROOT = FONTS.parent.parent.parent
WORK = ROOT / "target" / "fonts"
TOOLS = ["fonttools==4.68.0", "brotli==1.2.1"]
# npm의 이름과 판, 받은 파일의 SHA-512입니다.
SOURCES = {
    "pretendard-1.3.9": "3da400003c8b639bf89181709294891db492608922ae263fd715f0ef94caa19f54410a9e53eb6f3f4e724dd6405a26e2218a28f192ad46ff0f33bc3421acb04b",
    "d2coding-1.3.2": "83e0e0cb565200a4e05889768e1a6be8ade478589cf1a6a938595587be1ea0160f6e31aae6531d13300d1b9c3a8455f57f3401b1a03386e4d8202463cade0e70",
}
PRETENDARD = "pretendard-1.3.9/package/dist"
D2CODING = "d2coding-1.3.2/package/src/d2coding.ttf"

CODE = {"code", "pre", "kbd", "samp"}
SPOKEN = {"title", "aria-label", "placeholder", "alt", "content"}


class Page(HTMLParser):
    """쪽 하나에서 코드의 글자(mono)와 나머지 글자(sans)를 모읍니다."""

    def __init__(self):
        super().__init__()
        self.inside, self.hidden = 0, 0
        self.mono, self.sans = set(), set()

    def handle_starttag(self, tag, attrs):
        self.inside += tag in CODE
        self.hidden += tag in ("script", "style")
        for name, value in attrs:
            if name in SPOKEN and value:
                self.sans |= set(value)

    def handle_endtag(self, tag):
        self.inside -= tag in CODE
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden:
            (self.mono if self.inside else self.sans).update(data)


def with_tools():
    """도구를 갖춘 파이썬으로 자신을 다시 실행합니다."""
    python = WORK / "python" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if Path(sys.prefix) == WORK / "python":
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", WORK / "python"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *TOOLS], check=True)
    sys.exit(subprocess.run([python, *sys.argv]).returncode)


def bring_sources():
    """글꼴의 원본을 npm에서 받아 풀어 둡니다. 이미 있으면 받지 않습니다."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name, expected in SOURCES.items():
        packed = WORK / f"{name}.tgz"
        if not packed.exists():
            package = "@".join(name.rsplit("-", 1))
            subprocess.run(["npm", "pack", "--silent", "--pack-destination", WORK, package], check=True)
        if hashlib.sha512(packed.read_bytes()).hexdigest() != expected:
            sys.exit(f"{packed}이(가) 정해 둔 것과 다릅니다. 지우고 다시 실행해 보세요.")
        if not (WORK / name).exists():
            with tarfile.open(packed) as archive:
                archive.extractall(WORK / name, filter="data")


def bind():
    """펴낸 이의 값으로 책을 묶습니다."""
    site = WORK / "site"
    words = ["cargo", "run", "--quiet", "--", "build", "--out", site]
    subprocess.run([*words, "--data", "book/text/measured/publisher.json"], check=True, cwd=ROOT)
    return site


def texts(*patterns):
    """저장소의 글에 나오는 글자입니다."""
    found = set()
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            found |= set(path.read_text("utf-8")) if path.is_file() else set()
    return found


def spoken_by(*paths):
    """꾸밈과 스크립트에서 주석을 뺀 글자입니다."""
    found = set()
    for path in sorted(path for some in paths for path in some):
        text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        found |= set(re.sub(r"(?m)(^|\s)//.*$", "", text))
    return found


def ks_x_1001():
    """KS X 1001의 한글 2,350자입니다."""
    rows = range(0xB0, 0xC9)
    return {bytes([row, cell]).decode("euc-kr") for row in rows for cell in range(0xA1, 0xFF)}


def open_font(source):
    from fontTools.ttLib import TTFont

    return TTFont(WORK / source)


def letters_of(source):
    return set(map(chr, open_font(source).getBestCmap()))


def rename(font, family, style):
    """두 글꼴의 이름은 예약되어 있으므로(Reserved Font Name) 고친 글꼴에는 다른 이름을 붙입니다."""
    table = font["name"]
    kept = {0, 13, 14}  # 저작권과 라이선스
    table.names = [record for record in table.names if record.nameID in kept]
    whole = family if style == "Regular" else f"{family} {style}"
    flat = whole.replace(" ", "")
    for identity, value in {1: family, 2: style, 3: flat, 4: whole, 6: flat}.items():
        table.setName(value, identity, 3, 1, 0x409)


def mend_bar(font):
    """D2Coding은 |를 ¦처럼 가운데를 끊어 그려, ||가 ¦¦로 보입니다. 한 줄로 이어 그립니다."""
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    name = font.getBestCmap()[ord("|")]
    glyph = font["glyf"][name]
    glyph.recalcBounds(font["glyf"])
    pen = TTGlyphPen(None)
    left, bottom, right, top = glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax
    pen.moveTo((left, bottom))
    for point in ((left, top), (right, top), (right, bottom)):
        pen.lineTo(point)
    pen.closePath()
    font["glyf"][name] = pen.glyph()


def cut(source, letters, family, style, file):
    from fontTools import subset
    from fontTools.varLib import instancer

    font = open_font(source)
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": (400, 700)})
    if source == D2CODING:
        mend_bar(font)
    options = subset.Options()
    options.layout_features = ["kern", "mark", "ccmp"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.drop_tables += ["FFTM", "STAT"]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, letters))
    cutter.subset(font)
    rename(font, family, style)
    font["head"].modified = font["head"].created  # 다시 만들어도 같은 파일이 되게 합니다.
    font.recalcTimestamp = False
    font.flavor = "woff2"
    font.save(file)
    print(f"{file.relative_to(ROOT)}: {len(font.getBestCmap())}자, {file.stat().st_size / 1000:.1f} KB")


def ranges(letters, without):
    """`unicode-range`에 적을 값입니다. 사이에 `without`의 글자가 없으면 이어 적어 짧게 합니다."""
    found = []
    for code in sorted(map(ord, letters | without)):
        if chr(code) in without:
            found.append(None)
        elif found and found[-1]:
            found[-1][1] = code
        else:
            found.append([code, code])
    found = [pair for pair in found if pair]
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in found)


def face(family, weight, file, letters=None, without=frozenset()):
    """글꼴 파일 하나를 쓰는 법입니다. `letters`가 있으면 그 글자에만 쓰고, `without`에는 쓰지 않습니다."""
    only = f" unicode-range: {ranges(letters, without)};" if letters is not None else ""
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-display: swap; '
        f'src: url("{{{{ resource "fonts/{file}.woff2" }}}}") format("woff2");{only} }}'
    )


def for_screen(page, scripts, every):
    """화면의 글꼴과 fonts.css를 만듭니다."""
    # 3장의 모형은 코드와 표를 스스로 그립니다.
    drawn = spoken_by(ROOT.glob("book/theme/gil-*.js"))
    variable = f"{PRETENDARD}/public/variable/PretendardVariable.ttf"
    sans_has = letters_of(variable)
    signs = (page.sans | scripts) & every - sans_has  # Pretendard에 없는 표시는 D2Coding에서 빌립니다.
    ascii_letters = {chr(code) for code in range(0x20, 0x7F)}
    css = [
        "/* make/make.py가 적은 파일입니다. 손으로 고치지 마세요.",
        "   Pretendard와 D2Coding(둘 다 SIL OFL 1.1)에서 쓰는 글자만 남기고 이름을 바꾼 것입니다. */",
    ]
    for family, stem, weight, source, wanted in (
        # 찾은 곳의 글에는 코드의 글자도 나옵니다.
        ("Noriteo Sans", "noriteo-sans", "400 700", variable, page.sans | page.mono | scripts),
        ("Noriteo Mono", "noriteo-mono", "400", D2CODING, page.mono | drawn | signs),
    ):
        has = letters_of(source)
        first = (wanted | ascii_letters) & every & has
        for file, letters in ((stem, first), (f"{stem}-more", (every & has) - first)):
            cut(source, letters, family, "Regular", FONTS / f"{file}.woff2")
            css.append(face(family, weight, file) if letters is first else face(family, weight, file, letters, first))
            if family == "Noriteo Mono":
                css.append(face("Noriteo Sans", "400 700", file, letters - sans_has, sans_has))
        left = sorted(wanted & every - has)
        print(f"  {family}에 없는 글자: {' '.join(left) or '없음'}")
    (FONTS / "fonts.css").write_text("\n".join(css) + "\n", "utf-8")


def for_paper(every):
    """종이의 글꼴을 만듭니다."""
    static = f"{PRETENDARD}/web/static/woff2/Pretendard"
    for source, file, family, style in (
        (f"{static}-Regular.woff2", "regular.woff2", "Noriteo Paper", "Regular"),
        (f"{static}-Bold.woff2", "bold.woff2", "Noriteo Paper", "Bold"),
        (D2CODING, "mono.woff2", "Noriteo Paper Mono", "Regular"),
    ):
        cut(source, every & letters_of(source), family, style, PAPER / file)


def main():
    with_tools()
    bring_sources()
    site = bind()
    page = Page()
    for path in sorted(site.glob("**/*.html")):
        page.feed(path.read_text("utf-8"))
        page.close()
    # 꾸밈(css)이 적는 표시(✓, »)와 스크립트가 쪽에 적는 글도 늘 받는 쪽에 넣습니다.
    # 찾기의 스크립트에는 조사와 같은 말의 표가 들어 있어 뺍니다. 보이는 말은 흔한 글자뿐이고, tests/reading.rs가 그런지 봅니다.
    speaking = [path for path in ROOT.glob("book/theme/*.js") if not path.name.startswith("search-")]
    scripts = spoken_by(site.glob("**/*.css"), speaking, ROOT.glob("book/theme/*.hbs"))
    written = texts(
        "book/text/**/*.md", "book/theme/*.svg", "book/binder/src/**/*.rs", "src/**/*.rs", "examples/**/*.rs", "examples/**/*.py",
        "tests/outputs/*", "tests/compile_fail/*",
    )
    ascii_letters = {chr(code) for code in range(0x20, 0x7F)}
    found_by = spoken_by(ROOT.glob("book/theme/search-*.js"))
    every = page.mono | page.sans | scripts | found_by | written | ks_x_1001() | ascii_letters
    every = {letter for letter in every if letter.isprintable()}
    for_screen(page, scripts, every)
    for_paper(every)


if __name__ == "__main__":
    main()
