//! What is known of segments: the quantities, columns and codes of 3D Slicer's Segment Statistics.

/// What finds a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plugin {
    /// From the voxels of the segment.
    Labelmap,
    /// From the values of a volume in it.
    ScalarVolume,
    /// From its closed surface.
    ClosedSurface,
}

impl Plugin {
    /// The name that Slicer shows.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Labelmap => "Label Map",
            Self::ScalarVolume => "Scalar Volume",
            Self::ClosedSurface => "Closed Surface",
        }
    }

    /// What is put behind names of columns that two plugins have.
    pub(super) const fn initials(self) -> &'static str {
        match self {
            Self::Labelmap => "LM",
            Self::ScalarVolume => "SV",
            Self::ClosedSurface => "CS",
        }
    }

    /// What the names of its quantities begin with in Slicer.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Labelmap => "LabelmapSegmentStatisticsPlugin",
            Self::ScalarVolume => "ScalarVolumeSegmentStatisticsPlugin",
            Self::ClosedSurface => "ClosedSurfaceSegmentStatisticsPlugin",
        }
    }
}

/// The unit of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// None, or one that the values carry in themselves.
    None,
    /// Millimetres and their powers, or cubic centimetres.
    Length(&'static str),
    /// That of the volume's voxels.
    OfVoxels,
}

/// A code: value, scheme, meaning.
pub(super) type Code = [&'static str; 3];

/// One quantity.
pub(super) struct Quantity {
    pub(super) plugin: Plugin,
    /// Slicer's key.
    pub(super) key: &'static str,
    /// The column.
    pub(super) name: &'static str,
    /// What people see above the column, before the unit.
    pub(super) title: &'static str,
    pub(super) unit: Unit,
    /// The names of its components; none for a single number.
    pub(super) components: &'static [&'static str],
    /// Whether it is found unless something else is asked for.
    pub(super) usual: bool,
    pub(super) description: &'static str,
    pub(super) quantity: Option<Code>,
    pub(super) derivation: Option<Code>,
    pub(super) method: Option<Code>,
}

const RAS: &[&str] = &["r", "a", "s"];
const XYZ: &[&str] = &["x", "y", "z"];
const MM: Unit = Unit::Length("mm");
const MM2: Unit = Unit::Length("mm2");
const MM3: Unit = Unit::Length("mm3");
const CM3: Unit = Unit::Length("cm3");
const VOLUME: Option<Code> = Some(["118565006", "SCT", "Volume"]);
const VOXELS: Option<Code> = Some(["nvoxels", "99QIICR", "Number of voxels"]);
const SURFACE: Option<Code> = Some(["000247", "99CHEMINF", "Surface area"]);
const SUMMED: Option<Code> = Some(["126030", "DCM", "Sum of segmented voxel volumes"]);

const fn labelmap(
    key: &'static str,
    name: &'static str,
    title: &'static str,
    unit: Unit,
    components: &'static [&'static str],
    description: &'static str,
) -> Quantity {
    Quantity {
        plugin: Plugin::Labelmap,
        key,
        name,
        title,
        unit,
        components,
        usual: false,
        description,
        quantity: None,
        derivation: None,
        method: None,
    }
}

const fn values(
    key: &'static str,
    name: &'static str,
    usual: bool,
    description: &'static str,
    derivation: Code,
) -> Quantity {
    Quantity {
        plugin: Plugin::ScalarVolume,
        key,
        name,
        title: name,
        unit: Unit::OfVoxels,
        components: &[],
        usual,
        description,
        quantity: None,
        derivation: Some(derivation),
        method: None,
    }
}

/// A usual quantity with a code.
const fn amount(
    plugin: Plugin,
    key: &'static str,
    name: &'static str,
    unit: Unit,
    quantity: Option<Code>,
    description: &'static str,
) -> Quantity {
    Quantity {
        plugin,
        key,
        name,
        title: name,
        unit,
        components: &[],
        usual: true,
        description,
        quantity,
        derivation: None,
        method: None,
    }
}

const fn voxel_count(plugin: Plugin, description: &'static str) -> Quantity {
    amount(plugin, "voxel_count", "Voxel count", Unit::None, VOXELS, description)
}

const fn volume_mm3(plugin: Plugin, description: &'static str) -> Quantity {
    Quantity { title: "Volume", ..amount(plugin, "volume_mm3", "Volume mm3", MM3, VOLUME, description) }
}

const fn volume_cm3(plugin: Plugin, method: Option<Code>, description: &'static str) -> Quantity {
    Quantity {
        title: "Volume",
        method,
        ..amount(plugin, "volume_cm3", "Volume cm3", CM3, VOLUME, description)
    }
}

/// All quantities in the order of their columns.
pub(super) static QUANTITIES: &[Quantity] = &[
    voxel_count(Plugin::Labelmap, "Number of voxels of the segment"),
    volume_mm3(Plugin::Labelmap, "Volume of the segment's voxels"),
    volume_cm3(Plugin::Labelmap, SUMMED, "Volume of the segment's voxels"),
    labelmap(
        "centroid_ras",
        "Centroid",
        "Centroid",
        Unit::None,
        RAS,
        "Mean position of the segment's voxels (RAS, mm)",
    ),
    labelmap(
        "feret_diameter_mm",
        "Feret diameter mm",
        "Feret diameter",
        MM,
        &[],
        "Greatest distance between two voxels of the segment",
    ),
    Quantity {
        quantity: SURFACE,
        ..labelmap(
            "surface_area_mm2",
            "Surface mm2",
            "Surface area",
            MM2,
            &[],
            "Surface of the segment's voxels by Crofton's formula",
        )
    },
    labelmap(
        "roundness",
        "Roundness",
        "Roundness",
        Unit::None,
        &[],
        "Surface of the sphere of equal volume over the surface",
    ),
    labelmap(
        "flatness",
        "Flatness",
        "Flatness",
        Unit::None,
        &[],
        "Root of the second smallest principal moment over the smallest",
    ),
    labelmap(
        "elongation",
        "Elongation",
        "Elongation",
        Unit::None,
        &[],
        "Root of the greatest principal moment over the second greatest",
    ),
    labelmap(
        "principal_moments",
        "Principal moments",
        "Principal moments",
        Unit::None,
        XYZ,
        "Variances of the voxels' positions along the principal axes, rising (mm²)",
    ),
    labelmap(
        "principal_axis_x",
        "Principal X axis",
        "Principal X axis",
        Unit::None,
        RAS,
        "Direction in which the segment reaches least (RAS)",
    ),
    labelmap(
        "principal_axis_y",
        "Principal Y axis",
        "Principal Y axis",
        Unit::None,
        RAS,
        "Direction across the other two principal axes (RAS)",
    ),
    labelmap(
        "principal_axis_z",
        "Principal Z axis",
        "Principal Z axis",
        Unit::None,
        RAS,
        "Direction in which the segment reaches furthest (RAS)",
    ),
    labelmap(
        "obb_origin_ras",
        "OBB origin",
        "OBB origin",
        Unit::None,
        RAS,
        "Corner of the oriented bounding box where its axes begin (RAS, mm)",
    ),
    labelmap(
        "obb_diameter_mm",
        "OBB diameter",
        "OBB diameter",
        MM,
        XYZ,
        "Edges of the oriented bounding box",
    ),
    labelmap(
        "obb_direction_ras_x",
        "OBB X direction",
        "OBB X direction",
        Unit::None,
        RAS,
        "Direction of the oriented bounding box's first edge (RAS)",
    ),
    labelmap(
        "obb_direction_ras_y",
        "OBB Y direction",
        "OBB Y direction",
        Unit::None,
        RAS,
        "Direction of the oriented bounding box's second edge (RAS)",
    ),
    labelmap(
        "obb_direction_ras_z",
        "OBB Z direction",
        "OBB Z direction",
        Unit::None,
        RAS,
        "Direction of the oriented bounding box's third edge (RAS)",
    ),
    voxel_count(Plugin::ScalarVolume, "Number of the volume's voxels in the segment"),
    volume_mm3(Plugin::ScalarVolume, "Volume of the volume's voxels in the segment"),
    volume_cm3(Plugin::ScalarVolume, SUMMED, "Volume of the volume's voxels in the segment"),
    values("min", "Minimum", true, "Least value in the segment", ["255605001", "SCT", "Minimum"]),
    values("max", "Maximum", true, "Greatest value in the segment", ["56851009", "SCT", "Maximum"]),
    values("mean", "Mean", true, "Mean value in the segment", ["373098007", "SCT", "Mean"]),
    values(
        "stdev",
        "Standard deviation",
        true,
        "Standard deviation of the values in the segment (divided by their number less one)",
        ["386136009", "SCT", "Standard Deviation"],
    ),
    values(
        "percentile_05",
        "Percentile 5",
        true,
        "5th percentile of the values in the segment",
        ["371888009", "SCT", "Fifth percentile"],
    ),
    values(
        "percentile_10",
        "Percentile 10",
        false,
        "10th percentile of the values in the segment",
        ["371890005", "SCT", "Tenth percentile"],
    ),
    values(
        "percentile_90",
        "Percentile 90",
        false,
        "90th percentile of the values in the segment",
        ["371887004", "SCT", "Ninetieth percentile"],
    ),
    values(
        "percentile_95",
        "Percentile 95",
        true,
        "95th percentile of the values in the segment",
        ["371889001", "SCT", "Ninety-fifth percentile"],
    ),
    values("median", "Median", true, "Median of the values in the segment", ["373099004", "SCT", "Median"]),
    Quantity {
        title: "Surface area",
        ..amount(
            Plugin::ClosedSurface,
            "surface_mm2",
            "Surface mm2",
            MM2,
            SURFACE,
            "Area of the segment's closed surface",
        )
    },
    volume_mm3(Plugin::ClosedSurface, "Volume within the segment's closed surface"),
    volume_cm3(Plugin::ClosedSurface, None, "Volume within the segment's closed surface"),
];

impl Quantity {
    /// The code of its unit.
    pub(super) fn unit_code(&self) -> Option<Code> {
        Some(match self.unit {
            Unit::Length("mm2") => ["mm2", "UCUM", "square millimeter"],
            Unit::Length("mm3") => ["mm3", "UCUM", "cubic millimeter"],
            Unit::Length("cm3") => ["cm3", "UCUM", "cubic centimeter"],
            Unit::None if self.key == "voxel_count" => ["voxels", "UCUM", "voxels"],
            _ => return None,
        })
    }

    /// Whether it is meant by a name: its key, the key behind its plugin's initials or Slicer's name of the plugin, or the
    /// name of its column.
    pub(super) fn is_called(&self, name: &str) -> bool {
        name == self.name
            || match name.rsplit_once('.') {
                None => name == self.key,
                Some((plugin, key)) => {
                    key == self.key
                        && (plugin == self.plugin.class()
                            || plugin.eq_ignore_ascii_case(self.plugin.initials()))
                }
            }
    }
}
