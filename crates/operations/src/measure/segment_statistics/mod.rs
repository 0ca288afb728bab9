//! Segment statistics: numbers about each segment of a segmentation.

mod quantities;
mod surface;
mod voxels;

use std::collections::BTreeMap;

use microtome_image::{Image, Labels};
use microtome_records::{Column, Segment, Segmentation, Table};

use super::columns::{numbers, text};
use super::label_statistics::{LabelStatistics, label_percentiles, label_statistics};
use super::shapes::{LabelShape, Wanted, label_shapes};
use crate::declare::Operation;
use crate::operation;
use crate::parameter_error;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;
use quantities::{Plugin, QUANTITIES, Quantity, Unit};

operation! {
    /// Finds numbers about each segment: of its voxels, of a volume's values in it, and of its closed surface, where it has
    /// one. Columns are called as in Slicer's Segment Statistics; those that two sources have end in (LM), (SV) or (CS).
    ///
    /// Usual are voxel count and volume of the voxels (LM) and of the volume's voxels in the segment (SV), minimum, maximum,
    /// mean, standard deviation (divided by the number less one), percentiles 5 and 95 and median of the values, area and
    /// volume of the surface (CS). On request: `centroid_ras`, `feret_diameter_mm`, `surface_area_mm2`, `roundness`,
    /// `flatness`, `elongation`, `principal_moments`, `principal_axis_x` (y, z), `obb_origin_ras`, `obb_diameter_mm`,
    /// `obb_direction_ras_x` (y, z), `percentile_10` and `percentile_90`.
    ///
    /// Segments may overlap. An empty segment has no voxels, volume 0, and no other numbers. Percentiles are interpolated between
    /// ranks; Slicer reads them from a histogram. What has several components has a column for each.
    pub struct SegmentStatistics("segment-statistics", "Segment statistics", "measure");
    inputs {
        /// The segmentation.
        input: Segmentation,
        /// The volume whose values in the segments are looked at; the segments are read at the middles of its voxels.
        volume: Option<Image>,
    }
    parameters {
        /// Only this segment (identifier or name); can be given several times. Nothing: all segments.
        segment: Vec<String> = Vec::new();
        /// What is found: `usual`, `all`, or keys (`feret_diameter_mm`), with LM., SV. or CS. before them where several sources have
        /// them (`LM.volume_mm3`); can be given several times. Nothing: what is usual.
        measurement: Vec<String> = Vec::new();
        /// Whether the voxels of the segments are looked at.
        labelmap: bool = true;
        /// Whether the values of the volume are looked at.
        scalar_volume: bool = true;
        /// Whether the closed surfaces are looked at.
        closed_surface: bool = true;
        /// The unit of the volume's values, for the columns' descriptions.
        value_unit: String = String::new();
        /// Whether columns without any number are kept.
        empty_columns: bool = false;
    }
    outputs {
        /// One row for each segment.
        output: Table,
    }
    values {
        /// How many segments there are in the table.
        segments: u64,
    }
    example "Two segments and a volume" {
        inputs {
            "input": { "dimensions": [4, 1, 1], "spacing": [2, 1, 1], "type": "uint8", "values": [1, 1, 0, 2] },
            "volume": { "dimensions": [4, 1, 1], "spacing": [2, 1, 1], "values": [3, 5, 7, 9] }
        }
        parameters { "measurement": ["LM.volume_mm3", "mean", "centroid_ras"] }
        gives { "segments": 2, "output": { "columns": {
            "Segment": ["Segment_1", "Segment_2"], "Volume mm3": [4, 2], "Centroid_r": [1, 6], "Mean": [4, 9]
        } } }
    }
}

impl Operation for SegmentStatistics {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: segmentation, volume } = inputs;
        let quantities = self.quantities()?;
        let segments = self.segments(&segmentation)?;
        let mut findings: Vec<Findings> = segments.iter().map(|_| Findings::default()).collect();
        let of = |plugin: Plugin| -> Vec<&Quantity> {
            quantities.iter().copied().filter(|q| q.plugin == plugin).collect()
        };
        if self.labelmap && !segmentation.layers.is_empty() {
            of_voxels(
                &segmentation,
                &segments,
                &of(Plugin::Labelmap),
                &mut findings,
                &progress.step(0.0..0.5),
            )?;
        }
        if let Some(volume) = volume.filter(|_| self.scalar_volume) {
            scalar("volume", &volume)?;
            let wanted = of(Plugin::ScalarVolume);
            if !wanted.is_empty() {
                of_values(&segmentation, &segments, &volume, &mut findings, &progress.step(0.5..0.9))?;
            }
        }
        if self.closed_surface {
            for (segment, found) in segments.iter().zip(&mut findings) {
                progress.report(0.9)?;
                found.surface = segment.surface.as_ref().map(|mesh| surface::area_and_volume(mesh));
            }
        }
        progress.report(1.0)?;
        Ok(Outputs { segments: segments.len() as u64, output: self.table(&segments, &findings, &quantities) })
    }
}

impl SegmentStatistics {
    /// The quantities that are asked for, in the order of their columns.
    fn quantities(&self) -> Result<Vec<&'static Quantity>, OperationError> {
        let is_meant = |q: &Quantity, name: &str| match name {
            "all" => true,
            "usual" => q.usual,
            name => q.is_called(name),
        };
        if let Some(name) = self.measurement.iter().find(|name| !QUANTITIES.iter().any(|q| is_meant(q, name)))
        {
            let mut keys: Vec<&str> = QUANTITIES.iter().map(|q| q.key).collect();
            keys.sort_unstable();
            keys.dedup();
            let why = format!("\"{name}\" is none of usual, all, {}", keys.join(", "));
            return Err(parameter_error("measurement", &self.measurement, &why).into());
        }
        let usual = ["usual".to_owned()];
        let names = if self.measurement.is_empty() { &usual[..] } else { &self.measurement };
        Ok(QUANTITIES.iter().filter(|q| names.iter().any(|name| is_meant(q, name))).collect())
    }

    fn segments<'a>(&self, segmentation: &'a Segmentation) -> Result<Vec<&'a Segment>, OperationError> {
        let is_called = |s: &Segment, name: &String| s.id == *name || s.name == *name;
        if let Some(name) =
            self.segment.iter().find(|name| !segmentation.segments.iter().any(|s| is_called(s, name)))
        {
            let names: Vec<&str> = segmentation.segments.iter().map(|s| s.name.as_str()).collect();
            let why = format!("there is no segment \"{name}\"; there are {}", names.join(", "));
            return Err(parameter_error("segment", &self.segment, &why).into());
        }
        let wanted =
            |s: &&Segment| self.segment.is_empty() || self.segment.iter().any(|name| is_called(s, name));
        Ok(segmentation.segments.iter().filter(wanted).collect())
    }

    fn table(&self, segments: &[&Segment], findings: &[Findings], quantities: &[&Quantity]) -> Table {
        let mut found: Vec<(&Quantity, Vec<Option<Vec<f64>>>)> =
            quantities.iter().map(|q| (*q, findings.iter().map(|f| f.get(q)).collect())).collect();
        if !self.empty_columns {
            found.retain(|(_, values)| values.iter().any(Option::is_some));
        }
        let names: Vec<&str> = found.iter().map(|(q, _)| q.name).collect();
        let mut columns = vec![text("Segment", segments.iter().map(|s| s.name.clone()).collect())];
        for (quantity, values) in &found {
            let shared = names.iter().filter(|name| **name == quantity.name).count() > 1;
            let name = match shared {
                true => format!("{} ({})", quantity.name, quantity.plugin.initials()),
                false => quantity.name.to_owned(),
            };
            columns.extend(self.columns(quantity, &name, values));
        }
        Table { columns }
    }

    /// The columns of a quantity: one, or one for each component.
    fn columns(&self, quantity: &Quantity, name: &str, values: &[Option<Vec<f64>>]) -> Vec<Column> {
        let unit = match quantity.unit {
            Unit::None => "",
            Unit::Length(unit) => unit,
            Unit::OfVoxels => &self.value_unit,
        };
        let of = |component: usize| -> Vec<f64> {
            let value = |v: &Option<Vec<f64>>| v.as_ref().and_then(|v| v.get(component)).copied();
            values.iter().map(|v| value(v).unwrap_or(f64::NAN)).collect()
        };
        let named = |name: &str, component: usize| {
            let values = of(component);
            let whole = quantity.key == "voxel_count" && values.iter().all(|v| !v.is_nan());
            let mut column = match whole {
                true => numbers(name, unit, values.iter().map(|v| *v as i64).collect::<Vec<i64>>()),
                false => numbers(name, unit, values),
            };
            let title = if unit.is_empty() {
                quantity.title.to_owned()
            } else {
                format!("{} [{unit}]", quantity.title)
            };
            let mut say = |key: &str, value: String| column.properties.push((key.to_owned(), value));
            say("title", title);
            say("description", quantity.description.to_owned());
            say("Plugin", quantity.plugin.name().to_owned());
            let coded = |[value, scheme, meaning]: [&str; 3]| {
                format!("CodeValue:{value}|CodingSchemeDesignator:{scheme}|CodeMeaning:{meaning}")
            };
            for (key, code) in [
                ("DICOM.QuantityCode", quantity.quantity),
                ("DICOM.UnitsCode", quantity.unit_code()),
                ("DICOM.DerivationCode", quantity.derivation),
                ("DICOM.MeasurementMethodCode", quantity.method),
            ] {
                if let Some(code) = code {
                    say(key, coded(code));
                }
            }
            column
        };
        match quantity.components {
            [] => vec![named(name, 0)],
            components => {
                components.iter().enumerate().map(|(n, c)| named(&format!("{name}_{c}"), n)).collect()
            }
        }
    }
}

/// What was found of one segment.
#[derive(Default)]
struct Findings {
    /// How many voxels, of which volume; `None` where voxels were not looked at.
    voxels: Option<(u64, f64)>,
    shape: Option<LabelShape>,
    values: Option<Values>,
    /// Area and volume.
    surface: Option<(f64, f64)>,
}

/// What was found of the values in a segment.
#[derive(Clone)]
struct Values {
    voxel_volume: f64,
    statistics: Option<LabelStatistics>,
    /// Those of [`FRACTIONS`].
    percentiles: Vec<f64>,
}

/// Which percentiles are found of the values.
const FRACTIONS: [f64; 5] = [0.05, 0.10, 0.50, 0.90, 0.95];

impl Findings {
    /// The value of a quantity, a number for each component; `None` where there is none.
    fn get(&self, quantity: &Quantity) -> Option<Vec<f64>> {
        match quantity.plugin {
            Plugin::Labelmap => self.of_voxels(quantity.key),
            Plugin::ScalarVolume => self.values.as_ref()?.get(quantity.key).map(|v| vec![v]),
            Plugin::ClosedSurface => {
                let (area, volume) = self.surface?;
                Some(vec![match quantity.key {
                    "surface_mm2" => area,
                    "volume_mm3" => volume,
                    "volume_cm3" => volume / 1000.0,
                    _ => return None,
                }])
            }
        }
    }

    fn of_voxels(&self, key: &str) -> Option<Vec<f64>> {
        let (voxels, volume) = self.voxels?;
        match key {
            "voxel_count" => return Some(vec![voxels as f64]),
            "volume_mm3" => return Some(vec![volume]),
            "volume_cm3" => return Some(vec![volume / 1000.0]),
            _ => {}
        }
        let shape = self.shape.as_ref()?;
        let axis = |n: usize| shape.principal_axes[n].coords().to_vec();
        Some(match key {
            "centroid_ras" => shape.centroid.coords().to_vec(),
            "feret_diameter_mm" => vec![shape.feret?],
            "surface_area_mm2" => vec![shape.surface?],
            "roundness" => vec![shape.roundness()?],
            "flatness" => vec![shape.flatness],
            "elongation" => vec![shape.elongation],
            "principal_moments" => shape.principal_moments.to_vec(),
            "principal_axis_x" | "obb_direction_ras_x" => axis(0),
            "principal_axis_y" | "obb_direction_ras_y" => axis(1),
            "principal_axis_z" | "obb_direction_ras_z" => axis(2),
            "obb_origin_ras" => shape.oriented_box?.origin.coords().to_vec(),
            "obb_diameter_mm" => shape.oriented_box?.size.to_vec(),
            _ => return None,
        })
    }
}

impl Values {
    fn get(&self, key: &str) -> Option<f64> {
        let voxels = self.statistics.map_or(0.0, |s| s.voxels as f64);
        match key {
            "voxel_count" => return Some(voxels),
            "volume_mm3" => return Some(voxels * self.voxel_volume),
            "volume_cm3" => return Some(voxels * self.voxel_volume / 1000.0),
            _ => {}
        }
        let s = self.statistics.filter(|s| s.count > 0)?;
        Some(match key {
            "min" => s.min,
            "max" => s.max,
            "mean" => s.mean,
            "stdev" if s.count == 1 => 0.0,
            "stdev" => s.deviation * (s.count as f64 / (s.count as f64 - 1.0)).sqrt(),
            "percentile_05" => self.percentiles[0],
            "percentile_10" => self.percentiles[1],
            "median" => self.percentiles[2],
            "percentile_90" => self.percentiles[3],
            "percentile_95" => self.percentiles[4],
            _ => return None,
        })
    }
}

/// The layers that the segments stand in, each with the places of its segments in the list and their labels there.
fn layers<'a>(segmentation: &'a Segmentation, segments: &[&Segment]) -> Vec<(&'a Labels, Vec<(usize, i32)>)> {
    let mut found: BTreeMap<usize, Vec<(usize, i32)>> = BTreeMap::new();
    for (n, segment) in segments.iter().enumerate() {
        if let Some(place) = segment.place {
            found.entry(place.layer).or_default().push((n, place.label));
        }
    }
    found.into_iter().filter_map(|(layer, labels)| Some((segmentation.layers.get(layer)?, labels))).collect()
}

fn of_voxels(
    segmentation: &Segmentation,
    segments: &[&Segment],
    quantities: &[&Quantity],
    findings: &mut [Findings],
    progress: &Progress,
) -> Result<(), Cancelled> {
    if quantities.is_empty() {
        return Ok(());
    }
    findings.iter_mut().for_each(|found| found.voxels = Some((0, 0.0)));
    let any = |keys: &[&str]| quantities.iter().any(|q| keys.contains(&q.key));
    let wanted = Wanted {
        surface: any(&["surface_area_mm2", "roundness"]),
        feret: any(&["feret_diameter_mm"]),
        oriented_box: any(&["obb_origin_ras", "obb_diameter_mm"]),
    };
    let shape = !quantities.iter().all(|q| ["voxel_count", "volume_mm3", "volume_cm3"].contains(&q.key));
    let layers = layers(segmentation, segments);
    let count = layers.len() as f64;
    for (n, (layer, places)) in layers.into_iter().enumerate() {
        progress.report(n as f64 / count)?;
        let volume = layer.grid().voxel_volume();
        if !shape {
            let extents = layer.extents();
            for (place, label) in places {
                let voxels = extents.get(&label).map_or(0, |extent| extent.voxels);
                findings[place].voxels = Some((voxels, voxels as f64 * volume));
            }
            continue;
        }
        let labels: Vec<i32> = places.iter().map(|(_, label)| *label).collect();
        let Some((labels, grid)) = voxels::around(layer, &labels) else { continue };
        let step = progress.step(n as f64 / count..(n as f64 + 1.0) / count);
        let shapes = label_shapes(&labels, &grid, wanted, &step)?;
        for (place, label) in places {
            if let Ok(found) = shapes.binary_search_by_key(&i64::from(label), |shape| shape.label) {
                findings[place].voxels = Some((shapes[found].voxels, shapes[found].volume));
                findings[place].shape = Some(shapes[found]);
            }
        }
    }
    Ok(())
}

fn of_values(
    segmentation: &Segmentation,
    segments: &[&Segment],
    volume: &Image,
    findings: &mut [Findings],
    progress: &Progress,
) -> Result<(), Cancelled> {
    let none = Values {
        voxel_volume: volume.grid().voxel_volume(),
        statistics: None,
        percentiles: vec![f64::NAN; FRACTIONS.len()],
    };
    findings.iter_mut().for_each(|found| found.values = Some(none.clone()));
    let layers = layers(segmentation, segments);
    let count = layers.len() as f64;
    for (n, (layer, places)) in layers.into_iter().enumerate() {
        let step = progress.step(n as f64 / count..(n as f64 + 1.0) / count);
        let labels = voxels::on_grid(layer, volume.grid(), &step.step(0.0..0.3))?;
        let statistics = label_statistics(&labels, volume.array(), volume.grid(), &step.step(0.3..0.6))?;
        step.report(0.6)?;
        let wanted: Vec<i64> = places.iter().map(|(_, label)| i64::from(*label)).collect();
        let percentiles = label_percentiles(&labels, volume.array(), &wanted, &FRACTIONS);
        for ((place, label), percentiles) in places.into_iter().zip(percentiles) {
            let found = statistics.iter().find(|s| s.label == i64::from(label)).copied();
            findings[place].values = Some(Values { statistics: found, percentiles, ..none.clone() });
        }
    }
    Ok(())
}
