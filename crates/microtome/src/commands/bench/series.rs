//! DICOM series and headers.

use std::collections::BTreeSet;

use microtome_dicom::{scan, scan_instances};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("dicom_series_explicit", |inputs, _| load(inputs, "dicom/explicit")),
    operation("dicom_series_rle", |inputs, _| load(inputs, "dicom/rle")),
    operation("dicom_series_jpegll", |inputs, _| load(inputs, "dicom/jpegll")),
    operation("dicom_series_jpegls", |inputs, _| load(inputs, "dicom/jpegls")),
    operation("dicom_series_j2k", |inputs, _| load(inputs, "dicom/j2k")),
    operation("dicom_scan_1000", |inputs, _| headers(inputs)),
];

fn load(inputs: &Inputs, folder: &str) -> Result<Job, Failure> {
    let folder = inputs.path(folder);
    Ok(Box::new(move || {
        let scan = scan(std::slice::from_ref(&folder));
        let series = scan.series.first();
        let series =
            series.ok_or_else(|| Failure::new(format!("cannot read {}: no series", folder.display())))?;
        Ok(Outcome::Image(series.load()?.image).into())
    }))
}

fn headers(inputs: &Inputs) -> Result<Job, Failure> {
    let folder = inputs.path("dicom/scan1000");
    Ok(Box::new(move || {
        let (instances, _) = scan_instances(std::slice::from_ref(&folder));
        let mut rows: Vec<[String; 6]> = instances
            .into_iter()
            .map(|i| {
                let number = i.instance_number.map(|n| n.to_string()).unwrap_or_default();
                [i.patient_id, i.study_uid, i.series_uid, i.sop_instance_uid, number, i.image_position]
            })
            .collect();
        rows.sort();
        let different =
            |column: usize| rows.iter().map(|row| row[column].as_str()).collect::<BTreeSet<_>>().len();
        let text = rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n");
        let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let numbers = json!({
            "files": rows.len(),
            "patients": different(0),
            "studies": different(1),
            "series": different(2),
            "sha256": hash,
        });
        Ok(Outcome::Numbers(numbers).into())
    }))
}
