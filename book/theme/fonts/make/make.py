#!/usr/bin/env python3
"""책의 글꼴을 만듭니다. 쓰는 법은 곁의 README.md에 있습니다.

    python book/theme/fonts/make/make.py 묶은_책 PretendardVariable.ttf d2coding.ttf

글꼴마다 두 파일로 나눕니다. 앞의 것에는 묶은 책에 나오는 글자만 있어 가볍고 늘 받습니다.
뒤의 것(-more)에는 프로그램이 실행 중에 낼 수 있는 나머지 글자가 있고, 그런 글자가 나올 때만 받습니다.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent.parent
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


def texts(*patterns):
    """저장소의 글에 나오는 글자입니다."""
    found = set()
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            found |= set(path.read_text("utf-8"))
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


def rename(font, name):
    """두 글꼴의 이름은 예약되어 있으므로(Reserved Font Name) 고친 글꼴에는 다른 이름을 붙입니다."""
    table = font["name"]
    kept = {0, 13, 14}  # 저작권과 라이선스
    table.names = [record for record in table.names if record.nameID in kept]
    flat = name.replace(" ", "")
    for identity, value in {1: name, 2: "Regular", 3: flat, 4: name, 6: flat}.items():
        table.setName(value, identity, 3, 1, 0x409)


def mend_bar(font):
    """D2Coding은 |를 ¦처럼 가운데를 끊어 그려, ||가 ¦¦로 보입니다. 한 줄로 이어 그립니다."""
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


def cut(font, letters, name, file):
    options = subset.Options()
    options.layout_features = ["kern", "mark", "ccmp"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.drop_tables += ["FFTM", "STAT"]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, letters))
    cutter.subset(font)
    rename(font, name)
    font["head"].modified = font["head"].created  # 다시 만들어도 같은 파일이 되게 합니다.
    font.recalcTimestamp = False
    font.flavor = "woff2"
    font.save(HERE / file)
    print(f"{file}: {len(font.getBestCmap())}자, {(HERE / file).stat().st_size / 1000:.1f} KB")


def ranges(letters):
    """`unicode-range`에 적을 값입니다."""
    found = []
    for code in sorted(map(ord, letters)):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in found)


def face(family, weight, file, letters):
    """글꼴 파일 하나를 쓰는 법입니다. `letters`가 있으면 그 글자에만 씁니다."""
    only = f" unicode-range: {ranges(letters)};" if letters is not None else ""
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-display: swap; '
        f'src: url("{{{{ resource "fonts/{file}.woff2" }}}}") format("woff2");{only} }}'
    )


def main():
    site, pretendard, d2coding = map(Path, sys.argv[1:])
    page = Page()
    for path in sorted(site.glob("**/*.html")):
        page.feed(path.read_text("utf-8"))
        page.close()
    # 꾸밈(css)이 적는 표시(✓, »)와 스크립트가 쪽에 적는 글도 늘 받는 쪽에 넣습니다.
    scripts = spoken_by(site.glob("**/*.css"), ROOT.glob("book/theme/*.js"), ROOT.glob("book/theme/*.hbs"))
    # 3장의 모형은 코드와 표를 스스로 그립니다.
    drawn = spoken_by(ROOT.glob("book/theme/gil-*.js"))
    spoken = texts("book/binder/src/**/*.rs", "src/**/*.rs", "examples/**/*.rs", "tests/outputs/*")
    ascii_letters = {chr(code) for code in range(0x20, 0x7F)}
    every = {
        letter
        for letter in page.mono | page.sans | scripts | spoken | ks_x_1001() | ascii_letters
        if letter.isprintable()
    }
    css = [
        "/* make/make.py가 적은 파일입니다. 손으로 고치지 마세요.",
        "   Pretendard와 D2Coding(둘 다 SIL OFL 1.1)에서 쓰는 글자만 남기고 이름을 바꾼 것입니다. */",
    ]
    sans_has = set(map(chr, TTFont(pretendard).getBestCmap()))
    signs = (page.sans | scripts) & every - sans_has  # Pretendard에 없는 표시는 D2Coding에서 빌립니다.
    for family, stem, weight, source, wanted, change in (
        ("Noriteo Sans", "noriteo-sans", "400 700", pretendard, page.sans | scripts, None),
        ("Noriteo Mono", "noriteo-mono", "400", d2coding, page.mono | drawn | signs, mend_bar),
    ):
        has = set(map(chr, TTFont(source).getBestCmap()))
        first = (wanted | ascii_letters) & every & has
        for file, letters in ((stem, first), (f"{stem}-more", (every & has) - first)):
            font = TTFont(source)
            if "fvar" in font:
                font = instancer.instantiateVariableFont(font, {"wght": (400, 700)})
            if change:
                change(font)
            cut(font, letters, family, f"{file}.woff2")
            css.append(
                face(family, weight, file, letters if letters is not first else None)
            )
            if family == "Noriteo Mono":
                css.append(face("Noriteo Sans", "400 700", file, letters - sans_has))
        left = sorted(wanted & every - has)
        print(f"  {source.name}에 없는 글자: {' '.join(left) or '없음'}")
    (HERE / "fonts.css").write_text("\n".join(css) + "\n", "utf-8")


if __name__ == "__main__":
    main()
