"""What platforms announce of one viewer, as shapes: `欢迎… 进入直播间`, `… 送出了玫瑰`.

Where they are drawn into the picture they are no board of the seller's; where they leave the house, the name goes.
"""

from __future__ import annotations

WELCOMED = "进入|来到|加入"
"""What follows the name after 欢迎."""
ACTED = (
    r"进入了?直播间|加入了?直播间|关注了主播|分享了直播间|送出了?.*|为主播(?:点赞|加油).*"
    r"|(?:正在去?购买|正在下单|加入了?粉丝团).*"
)
"""What follows a name that stands first."""
