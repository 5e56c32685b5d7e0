"""What hosts and viewers say in made-up streams, scene by scene, and what the judge found in it.

The scenes are written for this file. `python tests/dashboard/desk_scenes.py` has the real lexicon and judge read them
and writes `desk_scenes.json`, so that a workspace is made without loading either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

JUDGED = Path(__file__).with_name("desk_scenes.json")
SAYS = {"口": "speech", "画": "screen", "弹": "chat"}
"""First character of a line → its channel."""

SCENES: dict[str, tuple[tuple[str, ...], ...]] = {
    "refund_brushing": (
        ("口 今天这单大家先付款，付完款点退款，系统给你记一次成交", "口 退完以后货不用发，你们帮我把数据冲上去"),
        ("口 都别怕，拍下以后马上申请仅退款，我这边秒同意", "画 拍下 → 仅退款 → 秒到账", "弹 真的秒退吗"),
        ("口 拍一百单退一百单，你们一分钱不花，帮主播冲个榜", "弹 已拍已退"),
        ("口 先拍后退，三号链接，拍完去退，理由就填买错了", "口 我们不要销售额，要的是单量"),
        ("口 老粉帮忙冲单量，付完钱再去申请退，退好了截图丢到群里", "弹 流程走完了"),
        ("画 帮忙刷单 拍完全退", "口 帮姐一个忙，拍了以后全部给你们退，不收货"),
    ),
    "cashback_refund": (
        ("口 拍完点退款，截图私信我，每个人给你反现三十块", "弹 反现是真的吗"),
        ("口 付款之后申请退款，我微信上给你转二十块红包", "画 拍|下退款 领红包"),
        ("口 这一单你先付了再退，退完我再返你十五块辛苦费", "弹 退了，红包呢"),
        ("口 退款成功的姐妹找客服领小礼物，东西照样寄到家", "口 钱一分不少退给你，礼品归你"),
        ("画 退款返现 加薇領取", "口 懂的都懂，退了的私信我，不会让你白忙"),
        ("口 我们不搞退款返现那一套", "口 不过今天拍下退货的，额外给你补二十块现金"),
    ),
    "pay_first_draw": (
        ("口 先付款，付完款的我们抽十个人全额免单", "弹 付了付了"),
        ("口 这一波付过钱的宝宝，倒数完抽三个人，抽中全额退", "画 已付款用户抽免单"),
        ("口 只有付了款的才能参加抽奖，没付的抽不到", "弹 我付款了能抽吗"),
        ("口 等会儿从付款名单里抽五个人免单，货款直接退给你",),
        ("画 付|款后抽免单", "口 付完打已付，抽到的那位钱退给你，东西白送"),
        ("口 先拍先付，付款的前一百名里面抽一个免单的",),
    ),
    "fake_price_comparison": (
        ("口 这双鞋专柜卖两千九百九十九，今天直播间一百九十九", "画 专柜价2999 直播价199"),
        ("口 原价六百八，今天六十八，一分钱一分货", "画 原价680元 现价68元"),
        ("口 别家卖一千二，我今天只要八十九", "弹 商场里也才两百吧"),
        ("口 商场卖一千八百八，直播间只要九十八，给你们带走",),
        ("画 市场价1599 到手价99", "口 市场价一千五百九十九，今天到手九十九"),
        ("口 吊牌价两千三，今天只要一百二", "弹 吊牌谁都会印"),
    ),
    "false_promotion": (
        ("口 库存只剩最后十单，卖完永远不补", "口 没了没了，哎运营又加了十单，真的最后十单", "弹 刚才也说最后十单"),
        ("口 这个膏药贴三天，腰疼腿疼全部好，根治不复发", "弹 有检测报告吗"),
        ("口 一块钱一台平板电脑，倒计时五四三二一，上", "画 一元秒杀平板"),
        ("口 今天下单的每人送一条金项链，人人有份", "画 下单送金项链"),
        ("口 哎呀运营上错价了，快拍快拍，趁老板没发现", "口 改不回来了，能拍的赶紧拍"),
        ("口 这串珠子明年翻三倍，到时候我高价回收，稳赚", "弹 真的回收吗"),
        ("口 跟着我学七天，保证你月入过万，学不会全额退",),
    ),
    "irregular_play": (
        ("口 想要的扣想要，扣满一千个想要我再上链接", "弹 想要"),
        ("口 灯牌不到五百个我不开链接，还差两百个", "弹 加了加了"),
        ("口 直播间人数到一千我才上车，快去拉人，分享给姐妹", "画 满1000人上链接"),
        ("口 一号链接写的是袜子，你拍一号袜子我给你发羽绒服", "弹 拍袜子发羽绒服？"),
        ("口 评论刷得不够整齐，重新刷，刷到我满意才上链接",),
        ("口 先按九十九拍，拍完后台给你改价", "口 现在别付，等我改"),
        ("口 链接卡住了上不去，再刷一轮，刷到系统有反应", "弹 刷了三轮了"),
    ),
    "quick_flipping": (
        ("口 三二一上链接，五秒钟，没了下架，下一款", "口 这款也是五秒，三二一，没了"),
        ("口 这一款只讲十秒，上车，没拍到的别刷了，过", "口 下一款，十秒，上，下架", "弹 讲慢一点"),
        ("口 来不及讲了，直接拍，拍完换款", "口 换款，直接拍，不用看尺码"),
        ("口 秒没，过，下一个", "口 秒没，过，下一个", "口 秒没，过，下一个"),
        ("口 闭眼拍，十秒下架，马上过下一款", "弹 链接都没看清"),
        ("口 过款过款，五秒一款，没抢到的等下一款，三二一走",),
    ),
    "freight_claim_abuse": (
        ("口 拍了退货有运费险，你寄个空包回来也赔你", "弹 运费险能赔多少"),
        ("口 运费险赔你十二块，寄回来只要六块，你净赚六块", "画 退货赚运费险"),
        ("口 不想要就退，运费险全赔，退一单赚几块钱早饭钱",),
        ("口 多拍几单分开退，每一单运费险都赔给你", "弹 退三单赚二十"),
        ("口 快递单号我给你，不用真寄，运费险照赔",),
        ("画 拍三退三 运费险白赚", "口 退货填我发你的单号，运费险到账归你"),
    ),
    "viewer_kicking": (
        ("口 再问价格的我直接拉黑踢出去", "弹 问一下都不行"),
        ("口 黑粉全部踢掉，场控把那个说贵的踢了", "弹 我就说了句贵"),
        ("口 不买的别在这里说话，说一句踢一个",),
        ("口 场控，刚才打差评的那个给我踢出直播间", "口 永久拉黑，别让他再进来"),
        ("口 谁再说退货就禁言踢出去", "弹 退货怎么退"),
        ("画 带节奏者踢", "口 带节奏的管理踢一下，拉黑"),
    ),
    "misery_selling": (
        ("口 我妈躺在医院等着交手术费，你们拍一单就是救她一命", "弹 主播别哭"),
        ("口 厂子倒闭了，工人三个月没发工资，求求大家帮帮忙", "画 厂子倒了 流泪甩卖"),
        ("口 老公跑了，我一个人带两个孩子，大家可怜可怜我，拍一单吧",),
        ("口 果农的果子全烂在地里，卖不出去老人要跳楼了", "弹 我买两箱"),
        ("口 我在这里给各位磕头，货卖不掉孩子学费就交不上",),
        ("口 得了重病还在直播，最后一场了，帮我把这批货清掉", "弹 拍了，加油"),
    ),
}  # fmt: skip

ORDINARY = (
    "口 这件外套是加绒的，里面是摇粒绒，秋冬天一件就够",
    "口 尺码偏大一点，平时穿中码的可以拿小码",
    "口 我把颜色给大家一件一件地看，米色、卡其、藏青",
    "口 锅底是复合的，电磁炉和煤气灶都能用",
    "口 这个茶是今年的新茶，汤色偏黄，闻着有一点兰花香",
    "口 发货是四十八小时以内，新疆和西藏晚两三天",
    "口 有问题打在公屏上，我看到了就回",
    "口 客厅铺两米乘三米的那块，卧室铺小的就行",
    "口 被芯是大豆纤维的，可以机洗，别高温烘",
    "口 我一米五八，体重九十六斤，身上穿的是小码",
    "画 秋冬新款 48小时发货",
    "画 关注直播间 每晚八点",
    "画 尺码表 S M L XL",
    "画 新茶上市 产地直发",
    "弹 主播多高",
    "弹 有没有黑色",
    "弹 多久发货",
    "弹 这个会不会起球",
    "弹 上次买的挺好用",
    "弹 声音有点小",
    "弹 第二件有优惠吗",
    "弹 二号链接再讲一下",
    "弹 孕妇能用吗",
    "弹 来了来了",
)
ALWAYS_SUPPRESSED = (
    "口 我们家从来不搞返现，谁跟你说返现你就举报",
    "口 有人问能不能先付款抽免单，不能，这是违规的",
    "口 我们不说全网最低价，也不说第一",
    "口 运费险不是给你赚钱的，别去骗运费险",
)
"""Lines whose terms do not count, and why is told with them."""


def channel_of(line: str) -> str:
    return SAYS[line[0]]


def judged_scenes() -> list[dict[str, Any]]:
    """The scenes with what was found in them, as `desk_scenes.json` has it; see `_judged` for the fields."""
    found: list[dict[str, Any]] = json.loads(JUDGED.read_text("utf-8"))
    return found


def _judge_all() -> Iterator[dict[str, Any]]:
    from monitor.config import lexicon_folder
    from monitor.engine import Engine
    from monitor.judging import judging
    from monitor.records import Channel, Cue, Role
    from monitor.timeline import Span

    judge = judging(lexicon_folder())
    for scheme, scenes in SCENES.items():
        for number, lines in enumerate(scenes):
            aside = ALWAYS_SUPPRESSED[(number + len(scheme)) % len(ALWAYS_SUPPRESSED)]
            told = [*lines, aside] if number % 3 == 0 else list(lines)
            engine = Engine(judge.lexicon, judge.matcher, stream_key="scene", explain=True)
            cues = []
            for at, line in enumerate(told):
                channel = Channel(channel_of(line))
                role = Role.VIEWER if channel is Channel.CHAT else Role.HOST
                start_ms = 5_000 * at
                length_ms = {Channel.SPEECH: 220 * len(line[2:]), Channel.SCREEN: 9_000, Channel.CHAT: 0}[channel]
                cues.append(Cue(str(at), channel, Span(start_ms, start_ms + length_ms), line[2:], role=role))
            yield _judged(scheme, number, cues, engine)


def _judged(scheme: str, number: int, cues: list[Any], engine: Any) -> dict[str, Any]:
    """Scheme, patterns, facts, score, and each line's channel, text, `hits` and `aside` (what does not count)."""
    end_ms = 120_000
    last = {}
    for cue in cues:
        engine.feed(cue)
    for one in (*engine.advance(end_ms), *engine.finish(end_ms)):
        last[one.scheme] = one
    own = last.get(scheme)
    lines = [{"channel": cue.channel.value, "text": cue.text, "hits": [], "aside": []} for cue in cues]
    for hit in own.hits if own else ():
        lines[int(hit.cue_id)]["hits"].append(_hit(hit))
    for aside in engine.suppressed:
        lines[int(aside.hit.cue_id)]["aside"].append([*_hit(aside.hit), aside.reason])
    for line in lines:
        line["aside"] = line["aside"][:4]
    return {
        "scheme": scheme, "number": number, "others": sorted(set(last) - {scheme}),
        "patterns": list(own.patterns) if own else [], "score": own.score if own else 0.0,
        "candidate": own.candidate if own else True, "facts": list(own.facts) if own else [], "lines": lines,
    }  # fmt: skip


def _hit(hit: Any) -> list[Any]:
    return [hit.term, hit.slot, *hit.chars, hit.raw, hit.method.value, round(hit.score, 3), hit.how]


if __name__ == "__main__":
    JUDGED.write_text(
        "[\n" + ",\n".join(json.dumps(scene, ensure_ascii=False) for scene in _judge_all()) + "\n]\n", "utf-8"
    )
