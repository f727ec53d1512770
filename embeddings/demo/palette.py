"""The soft colours of the demo's scenes, by name."""

from embeddings.demo.canvas import Colour

CREAM: Colour = (252, 243, 224)
INK: Colour = (62, 48, 66)
WOOD: Colour = (176, 124, 84)
LEAF: Colour = (122, 176, 104)
BLUSH: Colour = (244, 160, 150)
FLAME: Colour = (255, 178, 66)
LIGHT: Colour = (255, 232, 150)
GLASS: Colour = (196, 226, 236)

NAMED: dict[str, Colour] = {
    "red": (222, 92, 84),
    "orange": (240, 154, 78),
    "yellow": (247, 205, 92),
    "green": (112, 172, 112),
    "blue": (92, 146, 206),
    "purple": (158, 120, 190),
    "pink": (242, 156, 172),
    "white": (250, 246, 238),
    "brown": (164, 112, 76),
    "grey": (152, 152, 164),
    "black": (74, 68, 80),
    "golden": (226, 172, 98),
    "ginger": (232, 148, 84),
}
