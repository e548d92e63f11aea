"""The words of freight: vehicles, bodies, equipment, dangerous goods, and what the law asks."""

from enum import StrEnum
from typing import Final

from app.core.asking import label
from app.core.i18n import N_


class VehicleType(StrEnum):
    """What kind of lorry it is, by its permissible total mass."""

    SEMI_TRAILER = "semi_trailer"
    DRAWBAR_TRAILER = "drawbar_trailer"
    UP_TO_12_T = "up_to_12_t"
    UP_TO_7_5_T = "up_to_7_5_t"
    UP_TO_3_5_T = "up_to_3_5_t"


label(
    {
        VehicleType.SEMI_TRAILER: N_("Sattelzug"),
        VehicleType.DRAWBAR_TRAILER: N_("Gliederzug"),
        VehicleType.UP_TO_12_T: N_("Lkw bis 12 t"),
        VehicleType.UP_TO_7_5_T: N_("Lkw bis 7,5 t"),
        VehicleType.UP_TO_3_5_T: N_("Transporter bis 3,5 t"),
    }
)


class Body(StrEnum):
    """What the load stands in or on."""

    BOX = "box"
    CURTAIN_SIDER = "curtain_sider"
    TAUTLINER = "tautliner"
    MEGA = "mega"
    JUMBO = "jumbo"
    REFRIGERATOR = "refrigerator"
    THERMO = "thermo"
    FLATBED = "flatbed"
    PLATFORM = "platform"
    LOW_LOADER = "low_loader"
    DUMP_TRAILER = "dump_trailer"
    MOVING_FLOOR = "moving_floor"
    TANK = "tank"
    SILO = "silo"
    SWAP_BODY = "swap_body"
    CONTAINER_CHASSIS = "container_chassis"
    CAR_TRANSPORTER = "car_transporter"
    COIL_WELL = "coil_well"
    INLOADER = "inloader"
    EXTENDABLE = "extendable"
    VAN = "van"
    ROLL_OFF = "roll_off"
    SPECIAL = "special"


label(
    {
        Body.BOX: N_("Koffer"),
        Body.CURTAIN_SIDER: N_("Plane"),
        Body.TAUTLINER: N_("Tautliner"),
        Body.MEGA: N_("Mega"),
        Body.JUMBO: N_("Jumbo"),
        Body.REFRIGERATOR: N_("Kühlkoffer"),
        Body.THERMO: N_("Thermokoffer"),
        Body.FLATBED: N_("Plattform"),
        Body.PLATFORM: N_("Pritsche"),
        Body.LOW_LOADER: N_("Tieflader"),
        Body.DUMP_TRAILER: N_("Kipper"),
        Body.MOVING_FLOOR: N_("Schubboden"),
        Body.TANK: N_("Tank"),
        Body.SILO: N_("Silo"),
        Body.SWAP_BODY: N_("Wechselbrücke (BDF)"),
        Body.CONTAINER_CHASSIS: N_("Containerchassis"),
        Body.CAR_TRANSPORTER: N_("Autotransporter"),
        Body.COIL_WELL: N_("Coilmulde"),
        Body.INLOADER: N_("Innenlader"),
        Body.EXTENDABLE: N_("Teleskopauflieger"),
        Body.VAN: N_("Kastenwagen"),
        Body.ROLL_OFF: N_("Abrollkipper"),
        Body.SPECIAL: N_("Spezialaufbau"),
    }
)
# Closed all round but for the doors at the rear: nothing gets in from the side or from above.
CLOSED: Final = frozenset({Body.BOX, Body.REFRIGERATOR, Body.THERMO, Body.VAN})


class Equipment(StrEnum):
    """What a lorry brings along."""

    ADR_SET = "adr_set"
    AIR_SUSPENSION = "air_suspension"
    SLIDING_ROOF = "sliding_roof"
    ELEVATING_ROOF = "elevating_roof"
    DOUBLE_FLOOR = "double_floor"
    CODE_XL = "code_xl"
    LOADING_CRANE = "loading_crane"
    SECOND_DRIVER = "second_driver"
    CUSTOMS_SEAL = "customs_seal"
    PARTITION_WALL = "partition_wall"
    TRACKING = "tracking"
    LASHING_STRAPS = "lashing_straps"
    ANTI_SLIP_MATS = "anti_slip_mats"
    EDGE_PROTECTION = "edge_protection"
    STANCHIONS = "stanchions"


label(
    {
        Equipment.ADR_SET: N_("ADR-Ausrüstung"),
        Equipment.AIR_SUSPENSION: N_("Luftfederung"),
        Equipment.SLIDING_ROOF: N_("Schiebedach"),
        Equipment.ELEVATING_ROOF: N_("Hubdach"),
        Equipment.DOUBLE_FLOOR: N_("Doppelstock"),
        Equipment.CODE_XL: N_("Code XL"),
        Equipment.LOADING_CRANE: N_("Ladekran"),
        Equipment.SECOND_DRIVER: N_("zweite Fahrkraft"),
        Equipment.CUSTOMS_SEAL: N_("Zollschnur"),
        Equipment.PARTITION_WALL: N_("Trennwand"),
        Equipment.TRACKING: N_("Ortung"),
        Equipment.LASHING_STRAPS: N_("Spanngurte"),
        Equipment.ANTI_SLIP_MATS: N_("Antirutschmatten"),
        Equipment.EDGE_PROTECTION: N_("Kantenschutz"),
        Equipment.STANCHIONS: N_("Rungen"),
    }
)


class LoadingAid(StrEnum):
    """What helps with loading."""

    TAIL_LIFT = "tail_lift"
    PALLET_TRUCK = "pallet_truck"
    FORKLIFT = "forklift"


label(
    {
        LoadingAid.TAIL_LIFT: N_("Hebebühne"),
        LoadingAid.PALLET_TRUCK: N_("Hubwagen"),
        LoadingAid.FORKLIFT: N_("Mitnahmestapler"),
    }
)


class LoadingSide(StrEnum):
    """From which side a lorry is loaded."""

    REAR = "rear"
    SIDE = "side"
    TOP = "top"


class WantedSide(StrEnum):
    """From which side a load must be loaded."""

    ANY = "any"
    REAR = "rear"
    SIDE = "side"
    TOP = "top"


label(
    {
        LoadingSide.REAR: N_("Heck"),
        LoadingSide.SIDE: N_("Seite"),
        LoadingSide.TOP: N_("von oben"),
    }
)
label(
    {
        WantedSide.ANY: N_("beliebig"),
        WantedSide.REAR: N_("Heck"),
        WantedSide.SIDE: N_("Seite"),
        WantedSide.TOP: N_("von oben"),
    }
)


class AdrClass(StrEnum):
    """Classes of dangerous goods on the road (ADR)."""

    EXPLOSIVES = "1"
    GASES = "2"
    FLAMMABLE_LIQUIDS = "3"
    FLAMMABLE_SOLIDS = "4.1"
    SELF_IGNITING = "4.2"
    WITH_WATER = "4.3"
    OXIDISING = "5.1"
    PEROXIDES = "5.2"
    TOXIC = "6.1"
    INFECTIOUS = "6.2"
    RADIOACTIVE = "7"
    CORROSIVE = "8"
    OTHER = "9"


label(
    {
        AdrClass.EXPLOSIVES: N_("1 Explosivstoffe"),
        AdrClass.GASES: N_("2 Gase"),
        AdrClass.FLAMMABLE_LIQUIDS: N_("3 entzündbare Flüssigkeiten"),
        AdrClass.FLAMMABLE_SOLIDS: N_("4.1 entzündbare feste Stoffe"),
        AdrClass.SELF_IGNITING: N_("4.2 selbstentzündliche Stoffe"),
        AdrClass.WITH_WATER: N_("4.3 Stoffe, die mit Wasser entzündbare Gase bilden"),
        AdrClass.OXIDISING: N_("5.1 oxidierende Stoffe"),
        AdrClass.PEROXIDES: N_("5.2 organische Peroxide"),
        AdrClass.TOXIC: N_("6.1 giftige Stoffe"),
        AdrClass.INFECTIOUS: N_("6.2 ansteckungsgefährliche Stoffe"),
        AdrClass.RADIOACTIVE: N_("7 radioaktive Stoffe"),
        AdrClass.CORROSIVE: N_("8 ätzende Stoffe"),
        AdrClass.OTHER: N_("9 andere gefährliche Stoffe"),
    }
)


class LegalStatus(StrEnum):
    """On what ground somebody may carry the goods of others (GüKG)."""

    LICENSED = "licensed"
    LIGHT_DOMESTIC = "light_domestic"
    EXEMPT = "exempt"
    OWN_ACCOUNT = "own_account"


label(
    {
        LegalStatus.LICENSED: N_("gewerblich, mit Erlaubnis oder Gemeinschaftslizenz"),
        LegalStatus.LIGHT_DOMESTIC: N_("bis 3,5 t, nur innerhalb Deutschlands"),
        LegalStatus.EXEMPT: N_("freigestellt (§ 2 GüKG)"),
        LegalStatus.OWN_ACCOUNT: N_("Werkverkehr"),
    }
)


class FreightPrice(StrEnum):
    """How the price of a transport is meant."""

    FIXED = "fixed"
    NEGOTIABLE = "negotiable"
    PROPOSAL = "proposal"
    UNPAID = "unpaid"


label(
    {
        FreightPrice.FIXED: N_("Festpreis"),
        FreightPrice.NEGOTIABLE: N_("Verhandlungsbasis"),
        FreightPrice.PROPOSAL: N_("Vergütungsvorschlag erbeten"),
        FreightPrice.UNPAID: N_("unentgeltlich"),
    }
)


class Recurrence(StrEnum):
    """How often a trip is made."""

    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    WEEKDAYS = "weekdays"
    RULE = "rule"


label(
    {
        Recurrence.ONCE: N_("einmalig"),
        Recurrence.WEEKLY: N_("jede Woche am selben Tag"),
        Recurrence.FORTNIGHTLY: N_("jede zweite Woche am selben Tag"),
        Recurrence.WEEKDAYS: N_("werktags, Montag bis Freitag"),
        Recurrence.RULE: N_("nach eigener Regel (RRULE)"),
    }
)
