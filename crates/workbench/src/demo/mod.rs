//! The built-in sample case: the whole chain on a patient whose truth is known.

mod report;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use microtome_archive::{Error as ArchiveError, WriteOptions};
use microtome_geometry::{Affine, Grid, Point};
use microtome_image::Image;
use microtome_operations::Progress;
use microtome_phantom::{Anatomy, LESION, MR_OFFSET, Modality, ct_grid, mr_grid, scan, torso};
use microtome_scene::{Content, Node, NodeId, Role, UnknownNode, nodes};
use serde_json::{Map, Value as Json, json};

use crate::operate::{Outcome, RunError};
use crate::picture::{Layout, PictureFailure, PictureRequest, ViewName};
use crate::workbench::Workbench;
use report::{Figure, Measurement, Report};

/// Why the sample case could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file or folder could not be made.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Data could not be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An operation failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A picture failed.
    #[error(transparent)]
    Picture(#[from] PictureFailure),
    /// A node is gone.
    #[error(transparent)]
    Node(#[from] UnknownNode),
}

/// What the demonstration made.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// The files, in the order in which they were made, relative to the folder.
    pub files: Vec<String>,
    /// Name, measured value, true value and unit of each measurement whose truth is known.
    pub measurements: Vec<(String, f64, f64, String)>,
}

/// Side of the box around the lesion in which it is segmented, mm.
const BOX: f64 = 44.0;
/// Bone and contrast-filled vessels are at least this dense.
const BONE: f64 = 220.0;
/// The lesion is less dense than the liver around it, but denser than fat: the middle between both, less three
/// standard deviations of a smoothed voxel's noise.
const LESION_RANGE: [f64; 2] = [-20.0, 74.0];

struct Run<'a> {
    workbench: Workbench,
    folder: &'a Path,
    demo: Demo,
    report: Report,
    say: &'a dyn Fn(&str),
}

/// Makes the sample case in `folder` (created if need be): generates, segments, measures, makes surfaces and pictures,
/// saves, and writes `report.html`. `say` gets a line for each step.
///
/// # Errors
/// [`DemoError`]; files already written stay.
pub fn demo(folder: &Path, say: &dyn Fn(&str)) -> Result<Demo, DemoError> {
    fs::create_dir_all(folder).map_err(|source| DemoError::Io { path: folder.to_owned(), source })?;
    let mut run =
        Run { workbench: Workbench::new(), folder, demo: Demo::default(), report: Report::default(), say };
    let body = torso();
    let ct = run.scan(&body, "CT", Modality::Ct, &ct_grid(), &Affine::identity())?;
    let mr = run.scan(&body, "MR", Modality::Mr, &mr_grid(), &MR_OFFSET)?;
    run.look(&ct, &mr)?;
    run.bone(&ct)?;
    run.lesion(&ct)?;
    run.fuse(&ct, &mr)?;
    run.finish()
}

impl Run<'_> {
    fn scan(
        &mut self,
        body: &Anatomy,
        name: &str,
        modality: Modality,
        grid: &Grid,
        to_body: &Affine<microtome_geometry::Ras, microtome_geometry::Ras>,
    ) -> Result<NodeId, DemoError> {
        (self.say)(&format!("making the {name}"));
        let image = scan(body, modality, grid, to_body, 2026);
        let id = self.workbench.add(&format!("Make the {name}"), Node::new(name, nodes::Volume::new(image)));
        self.save(&id, if modality == Modality::Ct { "ct.nrrd" } else { "mr.nii.gz" })?;
        Ok(id)
    }

    fn look(&mut self, ct: &NodeId, mr: &NodeId) -> Result<(), DemoError> {
        let request = |window: f64, level: f64, preset: &str| PictureRequest {
            window_level: Some((window, level)),
            preset: Some(preset.to_owned()),
            size: [1200, 900],
            ..PictureRequest::default()
        };
        let caption = "The CT: axial, coronal and sagittal slices, and a volume rendering.";
        self.picture("ct.png", caption, &[ct], &request(500.0, 60.0, "CT-AAA"))?;
        let caption = "The same patient in the MR scanner, lying differently.";
        self.picture("mr.png", caption, &[mr], &request(900.0, 440.0, "MR-Default"))
    }

    fn bone(&mut self, ct: &NodeId) -> Result<(), DemoError> {
        (self.say)("segmenting bone and contrast");
        let thresholded = self.operate("threshold", &[("input", ct)], json!({"lower": BONE}))?;
        let bone = self.operate("largest-island", &[("input", output(&thresholded)?)], json!({}))?;
        let bone = self.named(&bone, "Bone and contrast")?;
        self.save(&bone, "bone.nrrd")?;
        (self.say)("making its surface");
        let surface = self.operate("extract-surface", &[("input", ct)], json!({"value": BONE}))?;
        let surface = self.named(&surface, "Bone and contrast surface")?;
        self.color(&surface, [0.94, 0.90, 0.78])?;
        self.save(&surface, "bone.vtp")?;
        let request = PictureRequest {
            layout: Layout::Single(ViewName::ThreeD),
            size: [900, 900],
            ..PictureRequest::default()
        };
        self.picture("bone.png", "The surface of bone and contrast-filled vessels.", &[&surface], &request)?;
        let statistics = self.operate("statistics", &[("input", ct), ("labels", &bone)], json!({}))?;
        if let Some(table) = statistics.outputs.get("output") {
            let table = table.clone();
            self.save(&table, "bone.csv")?;
        }
        Ok(())
    }

    /// Segments the lesion within a box around it and compares its size with the truth.
    fn lesion(&mut self, ct: &NodeId) -> Result<(), DemoError> {
        (self.say)("measuring the lesion");
        let count = BOX as usize;
        let origin = LESION.center.map(|c| c - (BOX - 1.0) / 2.0);
        let grid = Grid::axis_aligned([count; 3], [1.0; 3], Point::from_array(origin));
        let around = Image::scalar(grid, vec![0_u8; count * count * count]).ok();
        let Some(image) = around else { return Ok(()) };
        let region =
            self.workbench.add("Box around the lesion", Node::new("Lesion box", nodes::Volume::new(image)));
        let cut = self.operate(
            "resample",
            &[("input", ct), ("reference", &region)],
            json!({"interpolation": "linear"}),
        )?;
        let [lower, upper] = LESION_RANGE;
        let inside =
            self.operate("threshold", &[("input", output(&cut)?)], json!({"lower": lower, "upper": upper}))?;
        let lesion = self.operate("largest-island", &[("input", output(&inside)?)], json!({}))?;
        let voxels = lesion.values.get("voxels").and_then(Json::as_f64).unwrap_or(0.0);
        let lesion = self.named(&lesion, "Lesion")?;
        self.save(&lesion, "lesion.nrrd")?;
        let truth = 4.0 / 3.0 * std::f64::consts::PI * LESION.radius.powi(3) / 1000.0;
        self.measured("Volume of the lesion", voxels * grid.voxel_volume() / 1000.0, truth, "cm³");
        Ok(())
    }

    /// Brings the MR onto the CT by the known offset, and shows both together.
    fn fuse(&mut self, ct: &NodeId, mr: &NodeId) -> Result<(), DemoError> {
        (self.say)("bringing the MR onto the CT");
        let transform = nodes::Transform::new(microtome_geometry::Transform::Linear(MR_OFFSET), true);
        let transform = self.workbench.add("Known offset", Node::new("MR to CT", transform));
        self.save(&transform, "mr-to-ct.tfm")?;
        let inputs = [("input", mr), ("reference", ct), ("transform", &transform)];
        let aligned = self.operate("resample", &inputs, json!({}))?;
        let aligned = self.named(&aligned, "MR on the CT's grid")?;
        let request = PictureRequest {
            window_level: Some((900.0, 440.0)),
            foreground_opacity: 0.5,
            layout: Layout::Single(ViewName::Red),
            size: [900, 700],
            ..PictureRequest::default()
        };
        let caption = "MR over CT: with the known offset undone, organs lie on each other.";
        self.picture("fusion.png", caption, &[ct, &aligned], &request)
    }

    fn operate(
        &mut self,
        name: &str,
        inputs: &[(&str, &NodeId)],
        parameters: Json,
    ) -> Result<Outcome, DemoError> {
        let inputs: BTreeMap<String, NodeId> =
            inputs.iter().map(|(name, id)| ((*name).to_owned(), (*id).clone())).collect();
        let parameters: Map<String, Json> = parameters.as_object().cloned().unwrap_or_default();
        Ok(self.workbench.run(name, &inputs, parameters, &Progress::ignored())?)
    }

    /// The operation's output, under another name.
    fn named(&mut self, outcome: &Outcome, name: &str) -> Result<NodeId, DemoError> {
        let id = output(outcome)?.clone();
        let mut change = self.workbench.begin(format!("Rename to {name}"));
        change.update(&id, |node| name.clone_into(&mut node.name))?;
        self.workbench.commit(change);
        Ok(id)
    }

    fn color(&mut self, model: &NodeId, color: [f64; 3]) -> Result<(), DemoError> {
        let mut change = self.workbench.begin("Colour");
        let display = self.workbench.node(model)?.reference(&Role::DISPLAY).cloned();
        if let Some(display) = display {
            change.update(&display, |node| {
                if let Content::ModelDisplay(display) = &mut node.content {
                    display.display.color = color;
                }
            })?;
        }
        self.workbench.commit(change);
        Ok(())
    }

    fn save(&mut self, id: &NodeId, file: &str) -> Result<(), DemoError> {
        let node = self.workbench.node(id)?;
        self.workbench.save(node, &self.folder.join(file), &WriteOptions::default())?;
        self.demo.files.push(file.to_owned());
        Ok(())
    }

    fn picture(
        &mut self,
        file: &str,
        caption: &str,
        ids: &[&NodeId],
        request: &PictureRequest,
    ) -> Result<(), DemoError> {
        (self.say)(&format!("drawing {file}"));
        let png = self.workbench.picture(ids, request)?;
        self.write(file, &png)?;
        self.report.figures.push(Figure { file: file.to_owned(), caption: caption.to_owned(), png });
        Ok(())
    }

    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), DemoError> {
        let path = self.folder.join(file);
        microtome_archive::write_whole(&path, bytes).map_err(|source| DemoError::Io { path, source })?;
        self.demo.files.push(file.to_owned());
        Ok(())
    }

    fn measured(&mut self, name: &str, value: f64, truth: f64, unit: &str) {
        self.demo.measurements.push((name.to_owned(), value, truth, unit.to_owned()));
        self.report.measurements.push(Measurement {
            name: name.to_owned(),
            value,
            truth,
            unit: unit.to_owned(),
        });
    }

    fn finish(mut self) -> Result<Demo, DemoError> {
        (self.say)("saving the scene");
        self.workbench.save_scene(&self.folder.join("scene.mrb"))?;
        self.demo.files.push("scene.mrb".to_owned());
        let html = self.report.to_html(&self.demo.files);
        self.write("report.html", html.as_bytes())?;
        Ok(self.demo)
    }
}

/// The node that an operation's one output became.
fn output(outcome: &Outcome) -> Result<&NodeId, UnknownNode> {
    outcome.outputs.get("output").ok_or_else(|| UnknownNode { id: NodeId::from("output") })
}
