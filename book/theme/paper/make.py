#!/usr/bin/env python3
"""종이(PDF)에 쓸 글꼴을 만듭니다.

    npm pack pretendard@1.3.9 d2coding@1.3.2      # 받은 것을 풉니다
    pip install fonttools brotli
    python book/theme/paper/make.py Pretendard-Regular.woff2 Pretendard-Bold.woff2 d2coding.ttf

화면의 글꼴은 굵기가 이어진 글꼴(variable font)이라 종이에 쓸 수 없습니다. 크로미움은 그런 글꼴을
PDF에 글자마다 그림으로(Type 3) 넣습니다. 그래서 굵기마다 파일이 따로인 것에서 글자를 골라 만듭니다.
이 폴더는 사이트에 올라가지 않습니다. PDF를 찍는 동안에만 읽습니다.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent


def letters():
    """저장소의 글에 나오는 글자와, 앞으로 쓸 만한 글자(ASCII, KS X 1001의 한글 2,350자)입니다."""
    found = {chr(code) for code in range(0x20, 0x7F)}
    for row in range(0xB0, 0xC9):
        for cell in range(0xA1, 0xFF):
            found.add(bytes([row, cell]).decode("euc-kr"))
    for pattern in ("book/text/**/*.md", "book/theme/*.svg", "book/theme/*.js", "book/binder/src/**/*.rs", "src/**/*.rs",
                    "examples/**/*", "tests/outputs/*.txt", "tests/compile_fail/*"):
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc":
                found |= set(path.read_text("utf-8"))
    return {letter for letter in found if letter.isprintable()}


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


def rename(font, family, style):
    """두 글꼴의 이름은 예약되어 있으므로(Reserved Font Name) 고친 글꼴에는 다른 이름을 붙입니다."""
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in {0, 13, 14}]
    flat = f"{family.replace(' ', '')}-{style}"
    for identity, value in {1: family, 2: style, 3: flat, 4: f"{family} {style}", 6: flat}.items():
        table.setName(value, identity, 3, 1, 0x409)


def cut(source, file, family, style, wanted):
    font = TTFont(source)
    if "Mono" in family:
        mend_bar(font)
    has = set(map(chr, font.getBestCmap()))
    options = subset.Options()
    options.layout_features = ["kern", "mark", "ccmp"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.drop_tables += ["FFTM", "STAT"]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, wanted & has))
    cutter.subset(font)
    rename(font, family, style)
    font["head"].modified = font["head"].created  # 다시 만들어도 같은 파일이 되게 합니다.
    font.recalcTimestamp = False
    font.flavor = "woff2"
    font.save(HERE / file)
    print(f"{file}: {len(font.getBestCmap())}자, {(HERE / file).stat().st_size / 1000:.1f} KB")
    return has


def main():
    regular, bold, mono = sys.argv[1:]
    wanted = letters()
    sans = cut(regular, "regular.woff2", "Noriteo Paper", "Regular", wanted)
    cut(bold, "bold.woff2", "Noriteo Paper", "Bold", wanted)
    code = cut(mono, "mono.woff2", "Noriteo Paper Mono", "Regular", wanted)
    print("두 글꼴 모두에 없는 글자:", " ".join(sorted(wanted - sans - code)) or "없음")
    print("글꼴 하나에만 있는 글자:", " ".join(sorted((wanted & sans) ^ (wanted & code))) or "없음")


if __name__ == "__main__":
    main()
