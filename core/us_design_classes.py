"""Titles of the classes of the United States' classification of designs."""

_TITLES = {
    "D1": "Edible products",
    "D2": "Apparel and haberdashery",
    "D3": "Travel goods, personal belongings, and storage or carrying articles",
    "D4": "Brushware",
    "D5": "Textile or paper yard goods; sheet material",
    "D6": "Furnishings",
    "D7": "Equipment for preparing or serving food or drink",
    "D8": "Tools and hardware",
    "D9": "Packages and containers for goods",
    "D10": "Measuring, testing or signaling instruments",
    "D11": "Jewelry, symbolic insignia, and ornaments",
    "D12": "Transportation",
    "D13": "Equipment for production, distribution, or transformation of energy",
    "D14": "Recording, communication, or information retrieval equipment",
    "D15": "Machines",
    "D16": "Photography and optical equipment",
    "D17": "Musical instruments",
    "D18": "Printing and office machinery",
    "D19": "Office supplies; artists' and teachers' materials",
    "D20": "Sales and advertising equipment",
    "D21": "Games, toys and sports goods",
    "D22": "Arms, pyrotechnics, hunting and fishing equipment",
    "D23": "Environmental heating and cooling; fluid handling and sanitary equipment",
    "D24": "Medical and laboratory equipment",
    "D25": "Building units and construction elements",
    "D26": "Lighting",
    "D27": "Tobacco and smokers' supplies",
    "D28": "Cosmetic products and toilet articles",
    "D29": "Equipment for safety, protection, and rescue",
    "D30": "Animal husbandry",
    "D32": "Washing, cleaning, or drying machines",
    "D34": "Material or article handling equipment",
}
"""As the USPTO's Handbook of Classification lists them, «not elsewhere specified» left out. D99,
Miscellaneous, says nothing of a thing."""


def us_class_title(code: str) -> str | None:
    """Title of a code's class.

    Example:
        >>> us_class_title("D26/24"), us_class_title("D99/1")
        ('Lighting', None)
    """
    return _TITLES.get(code.partition("/")[0])
