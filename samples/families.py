"""The product families, with the classes an office would give them and the words for them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drafting.mesh import Mesh
from samples.shapes import (
    adornment,
    appliances,
    bathroom,
    bottles,
    building,
    cases,
    cookware,
    desk,
    electronics,
    fittings,
    furniture,
    instruments,
    lighting,
    seats,
    sports,
    toiletries,
    tools,
    toys,
    vessels,
)


@dataclass(frozen=True, slots=True)
class Family:
    """Products of one kind, of which any number of designs can be built."""

    name: str
    """``"desk_lamp"``."""
    locarno: str
    """Class and subclass, 14th edition, ``"26-05"``."""
    us_class: str
    """As printed in a grant, in fixed width: ``"D26107"`` is D26/107, ``"D 6369"`` D6/369."""
    titles: tuple[str, ...]
    """What applicants call it; each design takes one."""
    build: Callable[[np.random.Generator], Mesh]
    """Builds one design; parts from `solids.UNCLAIMED_PART` on may be disclaimed."""
    unclaimed: str | None = None
    """What the parts that may be disclaimed are, with article; None where there are none."""


FAMILIES: tuple[Family, ...] = (
    Family("hat", "02-03", "D 2866", ("Hat", "Cap with brim", "Headwear"), adornment.build_hat),
    Family("suitcase", "03-01", "D 3279", ("Suitcase", "Luggage", "Trolley case"),
           cases.build_suitcase, "the wheels"),
    Family("handbag", "03-01", "D 3243", ("Handbag", "Bag"), cases.build_handbag),
    Family("umbrella", "03-03", "D 3  5", ("Umbrella", "Parasol"), adornment.build_umbrella,
           "the handle"),
    Family("hair_brush", "04-02", "D 4134", ("Hair brush", "Brush"), toiletries.build_hair_brush),
    Family("toothbrush", "04-02", "D 4104", ("Toothbrush", "Manual toothbrush"),
           toiletries.build_toothbrush),
    Family("chair", "06-01", "D 6369", ("Chair", "Dining chair", "Side chair"), seats.build_chair),
    Family("stool", "06-01", "D 6352", ("Stool", "Bar stool", "Seat"), seats.build_stool),
    Family("bench", "06-01", "D 6370", ("Bench", "Garden bench", "Seating bench"),
           seats.build_bench),
    Family("bed", "06-02", "D 6382", ("Bed", "Bed frame with mattress"), furniture.build_bed),
    Family("table", "06-03", "D 66911", ("Table", "Coffee table", "Dining table"),
           furniture.build_table),
    Family("shelf", "06-04", "D 66751", ("Shelving unit", "Bookcase", "Shelf"),
           furniture.build_shelf),
    Family("coat_rack", "06-06", "D 6411", ("Coat rack", "Coat stand"), furniture.build_coat_rack),
    Family("mug", "07-01", "D 7536", ("Mug", "Cup", "Coffee cup"), vessels.build_mug),
    Family("bowl", "07-01", "D 7587", ("Bowl", "Serving bowl"), vessels.build_bowl),
    Family("plate", "07-01", "D 7586", ("Plate", "Dinner plate", "Dish"), vessels.build_plate),
    Family("kettle", "07-02", "D 7322", ("Kettle", "Teapot", "Electric kettle"),
           cookware.build_kettle,
           "the base"),
    Family("pan", "07-02", "D 7359", ("Frying pan", "Saucepan", "Cookware"), cookware.build_pan),
    Family("spoon", "07-03", "D 7653", ("Spoon", "Table spoon"), cookware.build_spoon),
    Family("fork", "07-03", "D 7653", ("Fork", "Table fork"), cookware.build_fork),
    Family("tray", "07-06", "D 75535", ("Serving tray", "Tray"), vessels.build_tray),
    Family("bucket", "07-07", "D32 53", ("Bucket", "Pail"), vessels.build_bucket, "the handle"),
    Family("hammer", "08-02", "D 8 75", ("Hammer", "Mallet", "Striking tool"), tools.build_hammer,
           "the grip"),
    Family("knife", "08-03", "D 7649", ("Knife", "Kitchen knife", "Cutting tool"),
           tools.build_knife, "the handle"),
    Family("scissors", "08-03", "D 8 57", ("Scissors", "Shears"), tools.build_scissors),
    Family("screwdriver", "08-04", "D 8 82", ("Screwdriver", "Driver tool"),
           tools.build_screwdriver),
    Family("wrench", "08-05", "D 8 21", ("Wrench", "Spanner", "Hand wrench"), tools.build_wrench),
    Family("pliers", "08-05", "D 8 52", ("Pliers", "Gripping tool"), tools.build_pliers,
           "the handle sleeves"),
    Family("door_handle", "08-06", "D 8301", ("Door handle", "Lever handle", "Handle"),
           fittings.build_door_handle),
    Family("knob", "08-06", "D 8311", ("Knob", "Furniture knob", "Control knob"),
           fittings.build_knob),
    Family("padlock", "08-07", "D 8334", ("Padlock", "Lock"), fittings.build_padlock),
    Family("hook", "08-08", "D 8367", ("Hook", "Wall hook", "Robe hook"), fittings.build_hook),
    Family("hook_rail", "08-08", "D 8373", ("Hook rail", "Key rack", "Wall hanger"),
           fittings.build_hook_rail),
    Family("caster", "08-09", "D 8375", ("Caster", "Swivel caster", "Furniture caster"),
           fittings.build_caster, "the mount"),
    Family("bottle", "09-01", "D 9542", ("Bottle", "Beverage bottle", "Glass bottle"),
           bottles.build_bottle, "the closure"),
    Family("spray_bottle", "09-01", "D 9448", ("Spray bottle", "Trigger sprayer"),
           bottles.build_spray_bottle, "the spray head"),
    Family("jar", "09-01", "D 9428", ("Jar", "Container with lid", "Storage jar"),
           bottles.build_jar,
           "the lid"),
    Family("carton", "09-03", "D 9433", ("Carton", "Box", "Packaging box"), cases.build_carton),
    Family("crate", "09-04", "D 3304", ("Crate", "Storage basket"), cases.build_crate),
    Family("clock", "10-01", "D10 15", ("Clock", "Wall clock"), instruments.build_clock),
    Family("watch", "10-02", "D10 39", ("Watch", "Wrist watch"), instruments.build_watch,
           "the strap"),
    Family("ring", "11-01", "D11 34", ("Ring", "Finger ring", "Jewelry ring"),
           adornment.build_ring),
    Family("pendant", "11-01", "D11 79", ("Pendant", "Necklace pendant"), adornment.build_pendant,
           "the chain"),
    Family("vase", "11-02", "D11143", ("Vase", "Flower vase", "Planter"), vessels.build_vase),
    Family("wheel", "12-16", "D12209", ("Wheel", "Vehicle wheel", "Wheel rim"), sports.build_wheel,
           "the tire"),
    Family("charger", "13-02", "D13108", ("Charger", "Wall charger", "Wireless charger"),
           electronics.build_charger, "the prongs"),
    Family("plug", "13-03", "D13137", ("Power plug", "Electrical plug"), electronics.build_plug,
           "the cord"),
    Family("loudspeaker", "14-01", "D14216", ("Loudspeaker", "Speaker", "Speaker box"),
           electronics.build_loudspeaker, "the strap"),
    Family("headphones", "14-01", "D14205", ("Headphones", "Headset"),
           electronics.build_headphones),
    Family("earphone_case", "14-01", "D14223", ("Earphone charging case", "Earphones with case"),
           electronics.build_earphone_case, "the earphones"),
    Family("mouse", "14-02", "D14409", ("Computer mouse", "Mouse"), electronics.build_mouse,
           "the cable"),
    Family("remote", "14-03", "D14218", ("Remote control", "Remote controller"),
           electronics.build_remote),
    Family("phone_stand", "14-06", "D14447", ("Mobile phone stand", "Stand for electronic device"),
           desk.build_phone_stand, "the telephone"),
    Family("camera", "16-01", "D16219", ("Camera", "Digital camera"), instruments.build_camera,
           "the strap lugs"),
    Family("tripod", "16-05", "D16244", ("Tripod", "Camera tripod"), instruments.build_tripod),
    Family("eyeglasses", "16-06", "D16326", ("Eyeglasses", "Spectacles", "Eyewear"),
           instruments.build_eyeglasses, "the temples"),
    Family("guitar", "17-03", "D17 14", ("Guitar", "Stringed instrument"), toys.build_guitar),
    Family("drum", "17-04", "D17 22", ("Drum", "Percussion instrument"), toys.build_drum,
           "the legs"),
    Family("stapler", "19-02", "D19 68", ("Stapler", "Desk stapler"), desk.build_stapler),
    Family("pen_holder", "19-02", "D19 77", ("Pen holder", "Desk organizer"),
           desk.build_pen_holder, "the pencils"),
    Family("pen", "19-06", "D19 36", ("Pen", "Writing instrument"), desk.build_pen),
    Family("toy_block", "21-01", "D21499", ("Toy building block", "Building element"),
           toys.build_toy_block),
    Family("chess_piece", "21-01", "D21393", ("Chess piece", "Game piece"),
           toys.build_chess_piece),
    Family("spinning_top", "21-01", "D21460", ("Spinning top", "Toy top"), toys.build_spinning_top),
    Family("toy_car", "21-01", "D21424", ("Toy vehicle", "Toy car"), toys.build_toy_car),
    Family("dumbbell", "21-02", "D21681", ("Dumbbell", "Exercise weight"), sports.build_dumbbell),
    Family("skateboard", "21-02", "D21765", ("Skateboard", "Riding board"),
           sports.build_skateboard),
    Family("tent", "21-04", "D21837", ("Tent", "Camping tent"), sports.build_tent, "the guy lines"),
    Family("faucet", "23-01", "D23238", ("Faucet", "Tap", "Mixer tap"), bathroom.build_faucet),
    Family("shower_head", "23-01", "D23223", ("Shower head", "Hand shower"),
           bathroom.build_shower_head, "the hose connector"),
    Family("fan", "23-04", "D23382", ("Fan", "Table fan", "Electric fan"), appliances.build_fan),
    Family("soap_dispenser", "23-08", "D 6542", ("Soap dispenser", "Lotion dispenser"),
           bottles.build_soap_dispenser, "the pump"),
    Family("sink", "23-08", "D23284", ("Sink", "Wash basin", "Lavatory"), bathroom.build_sink),
    Family("syringe", "24-02", "D24113", ("Syringe", "Injection syringe"), appliances.build_syringe,
           "the needle"),
    Family("tube_rack", "24-02", "D24227", ("Test tube rack", "Tube stand"),
           appliances.build_tube_rack, "the test tubes"),
    Family("brick", "25-01", "D25113", ("Brick", "Building block", "Paving block"),
           building.build_brick),
    Family("column", "25-02", "D25126", ("Baluster", "Column", "Newel post"),
           building.build_column),
    Family("fence", "25-02", "D25 381", ("Fence panel", "Fence"), building.build_fence),
    Family("ladder", "25-04", "D25 68", ("Ladder", "Step ladder"), building.build_ladder),
    Family("flashlight", "26-02", "D26 49", ("Flashlight", "Torch"), lighting.build_flashlight),
    Family("lantern", "26-02", "D26 41", ("Lantern", "Camping lantern"), lighting.build_lantern),
    Family("bulb", "26-04", "D26  2", ("Light bulb", "LED bulb", "Lamp bulb"), lighting.build_bulb,
           "the screw cap"),
    Family("candle", "26-04", "D26  6", ("Candle", "Decorative candle"), lighting.build_candle),
    Family("desk_lamp", "26-05", "D26107", ("Desk lamp", "Table lamp", "Reading lamp"),
           lighting.build_desk_lamp, "the power cord"),
    Family("pendant_lamp", "26-05", "D26 88", ("Pendant lamp", "Hanging lamp", "Light fixture"),
           lighting.build_pendant_lamp, "the cord and canopy"),
    Family("wall_lamp", "26-05", "D26 85", ("Wall lamp", "Sconce"), lighting.build_wall_lamp),
    Family("vaporizer", "27-07", "D27162", ("Electronic cigarette", "Vaporizer"),
           toiletries.build_vaporizer, "the mouthpiece"),
    Family("soap_bar", "28-02", "D28 81", ("Soap bar", "Bar of soap"), toiletries.build_soap_bar),
    Family("cosmetic_container", "28-02", "D28 76", ("Cosmetic container", "Cosmetic case"),
           toiletries.build_cosmetic_container, "the cap"),
    Family("comb", "28-03", "D28 28", ("Comb", "Hair comb"), toiletries.build_comb),
    Family("pet_bowl", "30-03", "D30129", ("Pet bowl", "Pet feeder", "Animal feeding dish"),
           vessels.build_pet_bowl),
    Family("blender", "31-00", "D 7378", ("Blender", "Food blender"), appliances.build_blender),
)  # fmt: skip


def family_named(name: str) -> Family:
    """The family of a name.

    Raises:
        KeyError: If no family is called so.
    """
    return _BY_NAME[name]


_BY_NAME = {family.name: family for family in FAMILIES}
