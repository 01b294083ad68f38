"""The product families, with the classes an office would give them and the words for them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from drafting.mesh import Mesh

from samples.shapes import electronics as el
from samples.shapes import furniture as fu
from samples.shapes import hardware as ha
from samples.shapes import household as ho
from samples.shapes import leisure as le
from samples.shapes import lighting as li
from samples.shapes import packaging as pa
from samples.shapes import personal as pe
from samples.shapes import vessels as ve


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
    Family("hat", "02-03", "D 2866", ("Hat", "Cap with brim", "Headwear"), pe.build_hat),
    Family("suitcase", "03-01", "D 3279", ("Suitcase", "Luggage", "Trolley case"),
           pa.build_suitcase, "the wheels"),
    Family("handbag", "03-01", "D 3243", ("Handbag", "Bag"), pa.build_basket_bag),
    Family("umbrella", "03-03", "D 3  5", ("Umbrella", "Parasol"), pe.build_umbrella,
           "the handle"),
    Family("hair_brush", "04-02", "D 4134", ("Hair brush", "Brush"), pe.build_brush),
    Family("toothbrush", "04-02", "D 4104", ("Toothbrush", "Manual toothbrush"),
           pe.build_toothbrush),
    Family("chair", "06-01", "D 6369", ("Chair", "Dining chair", "Side chair"), fu.build_chair),
    Family("stool", "06-01", "D 6352", ("Stool", "Bar stool", "Seat"), fu.build_stool),
    Family("bench", "06-01", "D 6370", ("Bench", "Garden bench", "Seating bench"),
           fu.build_bench),
    Family("bed", "06-02", "D 6382", ("Bed", "Bed frame with mattress"), fu.build_bed),
    Family("table", "06-03", "D 66911", ("Table", "Coffee table", "Dining table"),
           fu.build_table),
    Family("shelf", "06-04", "D 66751", ("Shelving unit", "Bookcase", "Shelf"), fu.build_shelf),
    Family("coat_rack", "06-06", "D 6411", ("Coat rack", "Coat stand"), fu.build_coat_rack),
    Family("mug", "07-01", "D 7536", ("Mug", "Cup", "Coffee cup"), ve.build_mug),
    Family("bowl", "07-01", "D 7587", ("Bowl", "Serving bowl"), ve.build_bowl),
    Family("plate", "07-01", "D 7586", ("Plate", "Dinner plate", "Dish"), ve.build_plate),
    Family("kettle", "07-02", "D 7322", ("Kettle", "Teapot", "Electric kettle"), ve.build_kettle,
           "the base"),
    Family("pan", "07-02", "D 7359", ("Frying pan", "Saucepan", "Cookware"), ve.build_pan),
    Family("spoon", "07-03", "D 7653", ("Spoon", "Table spoon"), ve.build_spoon),
    Family("fork", "07-03", "D 7653", ("Fork", "Table fork"), ve.build_fork),
    Family("tray", "07-06", "D 75535", ("Serving tray", "Tray"), ve.build_tray),
    Family("bucket", "07-07", "D32 53", ("Bucket", "Pail"), ve.build_bucket, "the handle"),
    Family("hammer", "08-02", "D 8 75", ("Hammer", "Mallet", "Striking tool"), ha.build_hammer,
           "the grip"),
    Family("knife", "08-03", "D 7649", ("Knife", "Kitchen knife", "Cutting tool"),
           ha.build_knife, "the handle"),
    Family("scissors", "08-03", "D 8 57", ("Scissors", "Shears"), ha.build_scissors),
    Family("screwdriver", "08-04", "D 8 82", ("Screwdriver", "Driver tool"),
           ha.build_screwdriver),
    Family("wrench", "08-05", "D 8 21", ("Wrench", "Spanner", "Hand wrench"), ha.build_wrench),
    Family("pliers", "08-05", "D 8 52", ("Pliers", "Gripping tool"), ha.build_pliers,
           "the handle sleeves"),
    Family("door_handle", "08-06", "D 8301", ("Door handle", "Lever handle", "Handle"),
           ha.build_handle),
    Family("knob", "08-06", "D 8311", ("Knob", "Furniture knob", "Control knob"),
           ha.build_gear_knob),
    Family("padlock", "08-07", "D 8334", ("Padlock", "Lock"), ha.build_padlock),
    Family("hook", "08-08", "D 8367", ("Hook", "Wall hook", "Robe hook"), ha.build_hook),
    Family("hook_rail", "08-08", "D 8373", ("Hook rail", "Key rack", "Wall hanger"),
           ha.build_key_rack),
    Family("caster", "08-09", "D 8375", ("Caster", "Swivel caster", "Furniture caster"),
           ha.build_caster, "the mount"),
    Family("bottle", "09-01", "D 9542", ("Bottle", "Beverage bottle", "Glass bottle"),
           pa.build_bottle, "the closure"),
    Family("spray_bottle", "09-01", "D 9448", ("Spray bottle", "Trigger sprayer"),
           pa.build_spray_bottle, "the spray head"),
    Family("jar", "09-01", "D 9428", ("Jar", "Container with lid", "Storage jar"), pa.build_jar,
           "the lid"),
    Family("carton", "09-03", "D 9433", ("Carton", "Box", "Packaging box"), pa.build_carton),
    Family("crate", "09-04", "D 3304", ("Crate", "Storage basket"), pa.build_crate),
    Family("clock", "10-01", "D10 15", ("Clock", "Wall clock"), el.build_clock),
    Family("watch", "10-02", "D10 39", ("Watch", "Wrist watch"), el.build_watch, "the strap"),
    Family("ring", "11-01", "D11 34", ("Ring", "Finger ring", "Jewelry ring"), pe.build_ring),
    Family("pendant", "11-01", "D11 79", ("Pendant", "Necklace pendant"), pe.build_pendant,
           "the chain"),
    Family("vase", "11-02", "D11143", ("Vase", "Flower vase", "Planter"), ve.build_vase),
    Family("wheel", "12-16", "D12209", ("Wheel", "Vehicle wheel", "Wheel rim"), le.build_wheel,
           "the tire"),
    Family("charger", "13-02", "D13108", ("Charger", "Wall charger", "Wireless charger"),
           el.build_charger, "the prongs"),
    Family("plug", "13-03", "D13137", ("Power plug", "Electrical plug"), el.build_plug,
           "the cord"),
    Family("loudspeaker", "14-01", "D14216", ("Loudspeaker", "Speaker", "Speaker box"),
           el.build_loudspeaker, "the strap"),
    Family("headphones", "14-01", "D14205", ("Headphones", "Headset"), el.build_headphones),
    Family("earphone_case", "14-01", "D14223", ("Earphone charging case", "Earphones with case"),
           el.build_earbud_case, "the earphones"),
    Family("mouse", "14-02", "D14409", ("Computer mouse", "Mouse"), el.build_mouse, "the cable"),
    Family("remote", "14-03", "D14218", ("Remote control", "Remote controller"),
           el.build_remote),
    Family("phone_stand", "14-06", "D14447", ("Mobile phone stand", "Stand for electronic device"),
           el.build_phone_stand, "the telephone"),
    Family("camera", "16-01", "D16219", ("Camera", "Digital camera"), el.build_camera,
           "the strap lugs"),
    Family("tripod", "16-05", "D16244", ("Tripod", "Camera tripod"), el.build_tripod),
    Family("eyeglasses", "16-06", "D16326", ("Eyeglasses", "Spectacles", "Eyewear"),
           el.build_spectacles, "the temples"),
    Family("guitar", "17-03", "D17 14", ("Guitar", "Stringed instrument"), le.build_guitar),
    Family("drum", "17-04", "D17 22", ("Drum", "Percussion instrument"), le.build_drum,
           "the legs"),
    Family("stapler", "19-02", "D19 68", ("Stapler", "Desk stapler"), el.build_stapler),
    Family("pen_holder", "19-02", "D19 77", ("Pen holder", "Desk organizer"),
           el.build_pen_holder, "the pencils"),
    Family("pen", "19-06", "D19 36", ("Pen", "Writing instrument"), el.build_pen),
    Family("toy_block", "21-01", "D21499", ("Toy building block", "Building element"),
           le.build_toy_block),
    Family("chess_piece", "21-01", "D21393", ("Chess piece", "Game piece"),
           le.build_chess_piece),
    Family("spinning_top", "21-01", "D21460", ("Spinning top", "Toy top"), le.build_ball_toy),
    Family("toy_car", "21-01", "D21424", ("Toy vehicle", "Toy car"), le.build_toy_car),
    Family("dumbbell", "21-02", "D21681", ("Dumbbell", "Exercise weight"), le.build_dumbbell),
    Family("skateboard", "21-02", "D21765", ("Skateboard", "Riding board"),
           le.build_skateboard),
    Family("tent", "21-04", "D21837", ("Tent", "Camping tent"), le.build_tent, "the guy lines"),
    Family("faucet", "23-01", "D23238", ("Faucet", "Tap", "Mixer tap"), ho.build_faucet),
    Family("shower_head", "23-01", "D23223", ("Shower head", "Hand shower"),
           ho.build_shower_head, "the hose connector"),
    Family("fan", "23-04", "D23382", ("Fan", "Table fan", "Electric fan"), ho.build_fan),
    Family("soap_dispenser", "23-08", "D 6542", ("Soap dispenser", "Lotion dispenser"),
           pa.build_soap_dispenser, "the pump"),
    Family("sink", "23-08", "D23284", ("Sink", "Wash basin", "Lavatory"), ho.build_sink),
    Family("syringe", "24-02", "D24113", ("Syringe", "Injection syringe"), ho.build_syringe,
           "the needle"),
    Family("tube_rack", "24-02", "D24227", ("Test tube rack", "Tube stand"),
           ho.build_test_stand, "the test tubes"),
    Family("brick", "25-01", "D25113", ("Brick", "Building block", "Paving block"),
           ho.build_brick),
    Family("column", "25-02", "D25126", ("Baluster", "Column", "Newel post"),
           ho.build_baluster),
    Family("fence", "25-02", "D25 381", ("Fence panel", "Fence"), ho.build_fence),
    Family("ladder", "25-04", "D25 68", ("Ladder", "Step ladder"), ho.build_ladder),
    Family("flashlight", "26-02", "D26 49", ("Flashlight", "Torch"), li.build_flashlight),
    Family("lantern", "26-02", "D26 41", ("Lantern", "Camping lantern"), li.build_lantern),
    Family("bulb", "26-04", "D26  2", ("Light bulb", "LED bulb", "Lamp bulb"), li.build_bulb,
           "the screw cap"),
    Family("candle", "26-04", "D26  6", ("Candle", "Decorative candle"), li.build_candle),
    Family("desk_lamp", "26-05", "D26107", ("Desk lamp", "Table lamp", "Reading lamp"),
           li.build_desk_lamp, "the power cord"),
    Family("pendant_lamp", "26-05", "D26 88", ("Pendant lamp", "Hanging lamp", "Light fixture"),
           li.build_pendant_lamp, "the cord and canopy"),
    Family("wall_lamp", "26-05", "D26 85", ("Wall lamp", "Sconce"), li.build_wall_lamp),
    Family("vaporizer", "27-07", "D27162", ("Electronic cigarette", "Vaporizer"),
           pe.build_vaporizer, "the mouthpiece"),
    Family("soap_bar", "28-02", "D28 81", ("Soap bar", "Bar of soap"), pe.build_soap_bar),
    Family("cosmetic_container", "28-02", "D28 76", ("Cosmetic container", "Cosmetic case"),
           pa.build_cosmetic_jar, "the cap"),
    Family("comb", "28-03", "D28 28", ("Comb", "Hair comb"), pe.build_comb),
    Family("pet_bowl", "30-03", "D30129", ("Pet bowl", "Pet feeder", "Animal feeding dish"),
           ve.build_pet_bowl),
    Family("blender", "31-00", "D 7378", ("Blender", "Food blender"), ho.build_blender),
)  # fmt: skip


def family_named(name: str) -> Family:
    """The family of a name.

    Raises:
        KeyError: If no family is called so.
    """
    return _BY_NAME[name]


_BY_NAME = {family.name: family for family in FAMILIES}
