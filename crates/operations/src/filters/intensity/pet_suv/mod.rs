//! PET standardized uptake values.

mod clock;

use microtome_image::{Array, Image, ScalarType};
use microtome_records::{Column, ColumnValues, Table};

use crate::declare::Operation;
use crate::measure::label_statistics::label_statistics;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::value::LabelImage;
use crate::{choice, operation, parameter_error, single};

choice! {
    /// What the uptake is related to.
    pub enum Normalization {
        /// The weight of the body (g/ml).
        BodyWeight = "body-weight",
        /// The lean mass of the body by James (g/ml).
        LeanBodyMass = "lean-body-mass",
        /// The lean mass of the body by Janmahasatian (g/ml).
        LeanBodyMassJanmahasatian = "lean-body-mass-janmahasatian",
        /// The surface of the body by Du Bois (cm²/ml).
        BodySurfaceArea = "body-surface-area",
        /// The weight that a body of that height should have (g/ml).
        IdealBodyWeight = "ideal-body-weight",
    }
}

choice! {
    /// The unit of a PET volume.
    pub enum ActivityUnit {
        /// Becquerel per millilitre.
        BecquerelPerMillilitre = "Bq/ml",
        /// Kilobecquerel per millilitre.
        KilobecquerelPerMillilitre = "kBq/ml",
    }
}

choice! {
    /// The sex of a patient, as formulas for lean mass distinguish it.
    pub enum Sex {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
    }
}

operation! {
    /// Makes standardized uptake values (SUV) of a PET volume, and finds the least, greatest and mean SUV of each label.
    ///
    /// The SUV is the activity in a voxel, times the patient's weight (or another measure of the body), over the dose that is left of
    /// what was injected: dose · 2^(-time / half-life), the time being from the injection to the scan. A scan that is earlier
    /// in the day than the injection was made on the next day, where Slicer would count backwards. Where the dose is already
    /// that at the time of the scan, leave the times empty.
    pub struct PetSuv("pet-suv", "PET standardized uptake values", "quantification");
    inputs {
        /// The PET volume: activity in each voxel, corrected for decay to the time of the scan.
        input: Image,
        /// The label map, on the grid of the volume.
        labels: Option<LabelImage>,
    }
    parameters {
        /// The unit of the volume.
        activity_unit: ActivityUnit = ActivityUnit::BecquerelPerMillilitre;
        /// What the uptake is related to.
        normalization: Normalization = Normalization::BodyWeight;
        /// The dose that was injected (DICOM 0018,1074).
        injected_dose: f64 = 0.0, minimum 0.0, unit "Bq";
        /// The half-life of the nuclide (DICOM 0018,1075); that of fluorine-18 is 6586.2 s.
        half_life: f64 = 6586.2, minimum 0.001, unit "s";
        /// When it was injected (DICOM 0018,1072): HHMMSS or HH:MM:SS.
        injection_time: String = String::new();
        /// The time that the volume is corrected for decay to, usually that of the series (DICOM 0008,0031): HHMMSS or HH:MM:SS.
        scan_time: String = String::new();
        /// The patient's weight (DICOM 0010,1030).
        weight: f64 = 0.0, minimum 0.0, unit "kg";
        /// The patient's height (DICOM 0010,1020), for all but body weight.
        height: f64 = 0.0, minimum 0.0, unit "m";
        /// The patient's sex, for lean mass and ideal weight.
        sex: Sex = Sex::Female;
        /// The patient's identifier, for the table.
        patient_id: String = String::new();
        /// The date of the study, for the table.
        study_date: String = String::new();
    }
    outputs {
        /// The SUV of each voxel, as 32-bit floating point.
        output: Image,
        /// For each label but 0: patientID, studyDate, dose (MBq at the time of the scan), labelID, suvmin, suvmax, suvmean and labelName.
        table: Table,
    }
    values {
        /// The dose at the time of the scan, in Bq.
        decayed_dose: f64,
        /// What one Bq/ml of the volume is in SUV.
        factor: f64,
    }
    example "Half of the dose is left; across midnight" {
        inputs { "input": { "dimensions": [2, 1, 1], "type": "int16", "values": [0, 5000] } }
        parameters {
            "injected-dose": 400000000, "half-life": 3600, "injection-time": "23:30", "scan-time": "00:30", "weight": 80
        }
        gives { "output": { "type": "float32", "values": [0, 2] }, "decayed-dose": 200000000 }
    }
}

impl Operation for PetSuv {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        single::scalar("input", &image)?;
        if let Some(labels) = &inputs.labels {
            single::scalar("labels", labels)?;
            single::require_same_grid("labels", labels, &image)?;
        }
        let decayed_dose = self.decayed_dose()?;
        let factor = self.body()? / decayed_dose;
        let scale = match self.activity_unit {
            ActivityUnit::BecquerelPerMillilitre => factor,
            ActivityUnit::KilobecquerelPerMillilitre => factor * 1000.0,
        };
        progress.report(0.0)?;
        let output = image.with_array(image.array().rescale(scale, 0.0, ScalarType::Float32))?;
        let table = match &inputs.labels {
            Some(labels) => self.table(labels, &image, scale, decayed_dose, &progress.step(0.5..1.0))?,
            None => Table { columns: Vec::new() },
        };
        Ok(Outputs { output, table, decayed_dose, factor })
    }
}

impl PetSuv {
    /// What is left of the dose at the time of the scan, in Bq.
    fn decayed_dose(&self) -> Result<f64, OperationError> {
        if self.injected_dose <= 0.0 {
            return Err(
                parameter_error("injected-dose", &self.injected_dose, "a dose above 0 is needed").into()
            );
        }
        let time = |name: &str, text: &String| {
            clock::seconds(text).ok_or_else(|| parameter_error(name, text, "a time as HH:MM:SS is needed"))
        };
        if self.injection_time.is_empty() && self.scan_time.is_empty() {
            return Ok(self.injected_dose);
        }
        let passed = time("scan-time", &self.scan_time)? - time("injection-time", &self.injection_time)?;
        const DAY: f64 = 86400.0;
        let passed = if passed < 0.0 { passed + DAY } else { passed };
        let dose = self.injected_dose * (-passed / self.half_life).exp2();
        if dose > 0.0 {
            return Ok(dose);
        }
        Err(parameter_error(
            "half-life",
            &self.half_life,
            "nothing is left of the dose at the time of the scan",
        )
        .into())
    }

    /// The measure of the body: grams, or cm².
    fn body(&self) -> Result<f64, OperationError> {
        let weight = self.weight;
        if weight <= 0.0 {
            return Err(parameter_error("weight", &weight, "a weight above 0 is needed").into());
        }
        if self.normalization == Normalization::BodyWeight {
            return Ok(1000.0 * weight);
        }
        if self.height <= 0.0 {
            return Err(parameter_error("height", &self.height, "a height above 0 is needed").into());
        }
        let (height, male) = (100.0 * self.height, self.sex == Sex::Male);
        let ratio = weight / height;
        let body_mass_index = weight / (self.height * self.height);
        let body = match (self.normalization, male) {
            (Normalization::BodyWeight, _) => 1000.0 * weight,
            (Normalization::LeanBodyMass, true) => 1000.0 * (1.10 * weight - 128.0 * ratio * ratio),
            (Normalization::LeanBodyMass, false) => 1000.0 * (1.07 * weight - 148.0 * ratio * ratio),
            (Normalization::LeanBodyMassJanmahasatian, true) => {
                1000.0 * 9270.0 * weight / (6680.0 + 216.0 * body_mass_index)
            }
            (Normalization::LeanBodyMassJanmahasatian, false) => {
                1000.0 * 9270.0 * weight / (8780.0 + 244.0 * body_mass_index)
            }
            (Normalization::BodySurfaceArea, _) => 71.84 * weight.powf(0.425) * height.powf(0.725),
            (Normalization::IdealBodyWeight, true) => 1000.0 * (48.0 + 1.06 * (height - 152.0)),
            (Normalization::IdealBodyWeight, false) => 1000.0 * (45.5 + 0.91 * (height - 152.0)),
        };
        if body > 0.0 {
            return Ok(body);
        }
        let why = "with this weight the formula gives no measure above 0; is it in metres?";
        Err(parameter_error("height", &self.height, why).into())
    }

    fn table(
        &self,
        labels: &LabelImage,
        image: &Image,
        scale: f64,
        dose: f64,
        progress: &Progress,
    ) -> Result<Table, OperationError> {
        let mut rows = label_statistics(labels.array(), image.array(), image.grid(), progress)?;
        rows.retain(|row| row.label != 0);
        let text = |name: &str, values: Vec<String>| Column {
            name: name.to_owned(),
            values: ColumnValues::Text(values),
            properties: Vec::new(),
        };
        let numbers = |name: &str, values: Vec<f64>| Column {
            name: name.to_owned(),
            values: ColumnValues::Numbers(Array::from(values)),
            properties: Vec::new(),
        };
        let count = rows.len();
        Ok(Table {
            columns: vec![
                text("patientID", vec![self.patient_id.clone(); count]),
                text("studyDate", vec![self.study_date.clone(); count]),
                numbers("dose", vec![dose / 1e6; count]),
                numbers("labelID", rows.iter().map(|row| row.label as f64).collect()),
                numbers("suvmin", rows.iter().map(|row| row.min * scale).collect()),
                numbers("suvmax", rows.iter().map(|row| row.max * scale).collect()),
                numbers("suvmean", rows.iter().map(|row| row.mean * scale).collect()),
                text("labelName", rows.iter().map(|row| format!("Label {}", row.label)).collect()),
            ],
        })
    }
}
