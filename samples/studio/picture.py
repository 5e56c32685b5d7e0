"""The whole picture at a moment: studio, host, goods, boards, the product's card and the column of comments."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .host import Host
from .scenery import BOARD_H, BOARD_W, backdrop, shrunk
from .script import Board, Room

FONT_FILE = "NotoSansCJK-Bold.ttc"  # looked for in the system's font folders
_SIMPLIFIED = 2  # the face with mainland shapes within that collection

_COMMENTS_SHOWN = 5
_COMMENTS_W = 436
_COMMENTS_BOTTOM = 1250
_COMMENT_SIZE = 26
_ROW_H = 38
_CARD = (482, 1052, 704, 1250)


class Picture:
    """Paints a room frame by frame."""

    def __init__(self, room: Room, font: Path | str = FONT_FILE) -> None:
        self._room = room
        self._font = font
        self._faces: dict[int, ImageFont.FreeTypeFont] = {}
        self._width_px = room.picture["size"][0]
        self._wall, self._counter = backdrop(room.picture["studio"], room.picture["product"], self._width_px)
        self._host = Host(self._width_px, **room.picture["host"])
        self._writing: dict[tuple[object, ...], Image.Image] = {}

    def at(self, time_s: float, loudness: float) -> np.ndarray:
        """uint8, (height, width, 3), RGB, in the size the script asks for."""
        frame = self._wall.copy()
        body, arm = self._host.layers(time_s, loudness)
        for layer, corner in (body, (self._counter, (0, 0)), arm, (self._writing_at(time_s), (0, 0))):
            frame.paste(layer, corner, layer)
        return np.asarray(frame)

    def _writing_at(self, time_s: float) -> Image.Image:
        boards = tuple(board for board in self._room.boards if board.start_s <= time_s < board.end_s)
        comments = tuple(note for note in self._room.comments if note.time_s <= time_s)[-_COMMENTS_SHOWN:]
        key = (boards, comments)
        if key not in self._writing:
            layer = Image.new("RGBA", (BOARD_W, BOARD_H), (0, 0, 0, 0))
            draw = ImageDraw.Draw(layer)
            self._draw_name(draw)
            self._draw_card(draw)
            for board in boards:
                self._draw_board(draw, board)
            bottom = _COMMENTS_BOTTOM
            for note in reversed(comments):
                bottom = self._draw_comment(draw, f"{note.by}：{note.text}", note.by == self._room.creator, bottom)
            self._writing = {key: shrunk(layer, self._width_px)}
        return self._writing[key]

    def _draw_name(self, draw: ImageDraw.ImageDraw) -> None:
        face = self._face(28)
        end = 92 + draw.textlength(self._room.creator, font=face)
        draw.rounded_rectangle((20, 36, end + 24, 96), 30, fill=(20, 20, 24, 190))
        draw.ellipse((26, 42, 74, 90), fill=self._room.picture["host"]["top"], outline="white", width=3)
        draw.text((86, 66), self._room.creator, font=face, fill="white", anchor="lm")

    def _draw_card(self, draw: ImageDraw.ImageDraw) -> None:
        left, top, right, bottom = _CARD
        name, price = self._room.picture["card"]
        draw.rounded_rectangle(_CARD, 18, fill=(255, 255, 255, 240))
        draw.rounded_rectangle((left, top, left + 96, top + 40), 18, fill=(228, 52, 66))
        middle = (left + right) // 2
        draw.text((left + 48, top + 20), "讲解中", font=self._face(24), fill="white", anchor="mm")
        draw.text((middle, top + 76), name, font=self._face(27), fill=(40, 40, 44), anchor="mm")
        draw.text((middle, top + 122), price, font=self._face(42), fill=(220, 40, 50), anchor="mm")
        draw.rounded_rectangle((left + 40, bottom - 46, right - 40, bottom - 10), 18, fill=(228, 52, 66))
        draw.text((middle, bottom - 28), "购买", font=self._face(24), fill="white", anchor="mm")

    def _draw_board(self, draw: ImageDraw.ImageDraw, board: Board) -> None:
        face = self._face(board.size)
        left, top, right, bottom = draw.textbbox(board.at, board.text, font=face)
        if right > BOARD_W - 16:
            raise ValueError(f"{self._room.file}: the board “{board.text}” ends at {right}; make it smaller")
        if board.look == "red":
            draw.rounded_rectangle((left - 14, top - 10, right + 14, bottom + 12), 14, fill=(206, 28, 44, 235))
            draw.text(board.at, board.text, font=face, fill="white")
        else:
            fill, edge = {"plain": ("white", (60, 40, 30)), "yellow": ((255, 226, 40), (168, 14, 20))}[board.look]
            draw.text(
                board.at, board.text, font=face, fill=fill, stroke_width=max(3, board.size // 14), stroke_fill=edge
            )
        if board.struck:
            middle = (top + bottom) // 2 + 2
            draw.line((left - 4, middle, right + 4, middle), fill=(150, 10, 20), width=max(3, board.size // 16))

    def _draw_comment(self, draw: ImageDraw.ImageDraw, text: str, by_host: bool, bottom: int) -> int:
        """Draws a comment that ends above `bottom`; returns where the next one up may end."""
        face = self._face(_COMMENT_SIZE)
        rows = [""]
        for sign in text:
            if draw.textlength(rows[-1] + sign, font=face) > _COMMENTS_W - 28:
                rows.append("")
            rows[-1] += sign
        top = bottom - len(rows) * _ROW_H - 4
        width = max(draw.textlength(row, font=face) for row in rows)
        draw.rounded_rectangle((16, top, 16 + width + 28, bottom), 18, fill=(24, 24, 30, 200))
        for k, row in enumerate(rows):
            colour = (255, 224, 150) if by_host else "white"
            draw.text((30, top + 2 + k * _ROW_H + _ROW_H // 2), row, font=face, fill=colour, anchor="lm")
        return top - 8

    def _face(self, size: int) -> ImageFont.FreeTypeFont:
        if size not in self._faces:
            index = _SIMPLIFIED if str(self._font).endswith(".ttc") else 0
            self._faces[size] = ImageFont.truetype(str(self._font), size, index=index)
        return self._faces[size]
