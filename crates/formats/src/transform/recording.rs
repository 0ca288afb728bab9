//! Linear transforms over time in the header of a MetaImage, as tracked ultrasound is recorded (`.seq.mha`, `.seq.mhd`).
//!
//! The fields `Seq_Frame0000_<name>Transform` hold sixteen numbers, row by row, each from the node's own coordinates to its
//! parent's and in RAS: nothing is converted. `…TransformStatus` says whether the tracker saw the tool, `…Timestamp` the
//! seconds. The images themselves are for the MetaImage reader; a recording without any has `DimSize = 0 0 <frames>`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use microtome_geometry::{Affine, Ras};

use crate::data::Warning;
use crate::error::Error;

const NAME: &str = "MetaImage recording";
/// A header ends before this; hours of recording take less.
const LONGEST: usize = 256 << 20;
const FRAME: &str = "Seq_Frame";
const TRANSFORM: &str = "Transform";
const STATUS: &str = "TransformStatus";
const TIME: &str = "Timestamp";

/// Tools that were followed over the frames of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// Time of each frame in seconds, as the file writes it; by the frame's number.
    pub times: BTreeMap<u32, String>,
    /// The tools' names and their poses.
    pub tracks: Vec<Track>,
    /// Whether there are images as well.
    pub has_images: bool,
}

/// The poses of one tool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// What it is called, without `Transform` at the end: `ProbeToTracker`.
    pub name: String,
    /// Its pose by the frame's number.
    pub poses: BTreeMap<u32, Pose>,
}

/// Where a tool was in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Pose {
    /// From the tool's coordinates to its parent's.
    pub to_parent: Affine<Ras, Ras>,
    /// Whether the tracker saw it.
    pub valid: bool,
}

impl Recording {
    /// Reads the header of a MetaImage. What is no field of a frame is left out.
    ///
    /// # Errors
    /// [`Error::NotThisFormat`] without the end of a header.
    pub fn read(bytes: &[u8]) -> Result<(Self, Vec<Warning>), Error> {
        let mut recording = Self::default();
        let mut warnings = Vec::new();
        let mut tracks: BTreeMap<String, BTreeMap<u32, Pose>> = BTreeMap::new();
        let mut lost: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut ended = false;
        for line in bytes[..bytes.len().min(LONGEST)].split(|&b| b == b'\n') {
            let line = String::from_utf8_lossy(line);
            let Some((field, value)) = line.split_once('=') else { continue };
            let (field, value) = (field.trim(), value.trim());
            if field == "ElementDataFile" {
                ended = true;
                break;
            }
            if field == "DimSize" {
                recording.has_images = !value.split_whitespace().any(|size| size == "0");
            }
            let Some((frame, field)) = frame_field(field) else { continue };
            if field == TIME {
                recording.times.insert(frame, value.to_owned());
            } else if let Some(name) = field.strip_suffix(STATUS) {
                if !value.eq_ignore_ascii_case("ok") {
                    lost.entry(name.to_owned()).or_default().push(frame);
                }
            } else if let Some(name) = field.strip_suffix(TRANSFORM) {
                match matrix(value) {
                    Some(to_parent) => {
                        let track = tracks.entry(name.to_owned()).or_default();
                        track.insert(frame, Pose { to_parent, valid: true });
                    }
                    None => warnings.push(Warning::new(format!(
                        "{FRAME}{frame:04}_{field} is not an affine matrix of 16 numbers: left out"
                    ))),
                }
            }
        }
        if !ended {
            let why = "it has no line ElementDataFile".to_owned();
            return Err(Error::NotThisFormat { format: NAME, why });
        }
        for (name, frames) in lost {
            let Some(track) = tracks.get_mut(&name) else { continue };
            for frame in frames {
                track.entry(frame).and_modify(|pose| pose.valid = false);
            }
        }
        recording.tracks = tracks.into_iter().map(|(name, poses)| Track { name, poses }).collect();
        Ok((recording, warnings))
    }

    /// The text of a recording without images.
    ///
    /// # Errors
    /// [`Error::CannotHold`] for names or times that a line cannot hold.
    pub fn write(&self) -> Result<String, Error> {
        let of_tracks = self.tracks.iter().flat_map(|track| track.poses.keys());
        let frames: std::collections::BTreeSet<u32> = of_tracks.chain(self.times.keys()).copied().collect();
        let is_word = |text: &str| {
            !text.is_empty() && !text.contains(|c: char| c == '=' || c == ':' || c.is_whitespace())
        };
        if let Some(track) = self.tracks.iter().find(|track| !is_word(&track.name)) {
            let what = format!("a transform called \"{}\"", track.name);
            return Err(Error::CannotHold { format: NAME, what });
        }
        let mut text = String::new();
        for (field, value) in [
            ("ObjectType", "Image"),
            ("NDims", "3"),
            ("BinaryData", "True"),
            ("BinaryDataByteOrderMSB", "False"),
            ("CompressedData", "False"),
            ("TransformMatrix", "1 0 0 0 1 0 0 0 1"),
            ("Offset", "0 0 0"),
            ("CenterOfRotation", "0 0 0"),
            ("AnatomicalOrientation", "RAI"),
            ("ElementSpacing", "1 1 1"),
        ] {
            let _ = writeln!(text, "{field} = {value}");
        }
        let _ = writeln!(text, "DimSize = 0 0 {}", frames.len());
        text.push_str("ElementType = MET_UCHAR\nKinds = domain domain list\n");
        text.push_str("UltrasoundImageOrientation = MFA\nUltrasoundImageType = BRIGHTNESS\n");
        for frame in frames {
            for Track { name, poses } in &self.tracks {
                let Some(pose) = poses.get(&frame) else { continue };
                let rows = pose.to_parent.rows();
                let values: Vec<String> = rows
                    .iter()
                    .flatten()
                    .chain(&[0.0, 0.0, 0.0, 1.0])
                    .map(|v| (v + 0.0).to_string())
                    .collect();
                let status = if pose.valid { "OK" } else { "INVALID" };
                let _ = writeln!(text, "{FRAME}{frame:04}_{name}{TRANSFORM} = {}", values.join(" "));
                let _ = writeln!(text, "{FRAME}{frame:04}_{name}{STATUS} = {status}");
            }
            if let Some(time) = self.times.get(&frame) {
                if !is_word(time) {
                    let what = format!("the time \"{time}\"");
                    return Err(Error::CannotHold { format: NAME, what });
                }
                let _ = writeln!(text, "{FRAME}{frame:04}_{TIME} = {time}");
            }
            let _ = writeln!(text, "{FRAME}{frame:04}_ImageStatus = INVALID");
        }
        text.push_str("ElementDataFile = LOCAL\n");
        Ok(text)
    }
}

/// The frame's number, and what is said of it.
fn frame_field(field: &str) -> Option<(u32, &str)> {
    let (number, field) = field.strip_prefix(FRAME)?.split_once('_')?;
    Some((number.parse().ok()?, field))
}

fn matrix(text: &str) -> Option<Affine<Ras, Ras>> {
    let values: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let rows: &[[f64; 4]; 4] = values.as_chunks().0.try_into().ok()?;
    let [first, second, third, last] = *rows;
    let affine = values.len() == 16 && last == [0.0, 0.0, 0.0, 1.0] && values.iter().all(|v| v.is_finite());
    affine.then(|| Affine::from_rows([first, second, third]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "ObjectType = Image\nNDims = 3\nDimSize = 0 0 2\nElementType = MET_UCHAR\n\
        Kinds = domain domain list\n\
        Seq_Frame0000_ProbeToTrackerTransform = 0 -1 0 10 1 0 0 20 0 0 1 30 0 0 0 1\n\
        Seq_Frame0000_ProbeToTrackerTransformStatus = OK\n\
        Seq_Frame0000_Timestamp = 0.25\n\
        Seq_Frame0001_ProbeToTrackerTransformStatus = INVALID\n\
        Seq_Frame0001_ProbeToTrackerTransform = 1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1\n\
        Seq_Frame0001_Timestamp = 0.5\n\
        Seq_Frame4000000000_StylusToTrackerTransform = 1 2 3\n\
        ElementDataFile = LOCAL\n\0\n\0";

    #[test]
    fn poses_are_read_as_they_stand() {
        let (recording, warnings) = Recording::read(SAMPLE.as_bytes()).unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(!recording.has_images);
        assert_eq!(recording.times, BTreeMap::from([(0, "0.25".to_owned()), (1, "0.5".to_owned())]));
        assert_eq!(recording.tracks.len(), 1);
        let track = &recording.tracks[0];
        assert_eq!(track.name, "ProbeToTracker");
        let first = &track.poses[&0];
        assert_eq!(
            first.to_parent.rows(),
            [[0.0, -1.0, 0.0, 10.0], [1.0, 0.0, 0.0, 20.0], [0.0, 0.0, 1.0, 30.0]]
        );
        assert!(first.valid && !track.poses[&1].valid);
        let written = recording.write().unwrap();
        assert_eq!(Recording::read(written.as_bytes()).unwrap(), (recording, Vec::new()));
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        assert!(Recording::read(b"").is_err());
        assert!(Recording::read(&[0xff; 1000]).is_err());
        let unfit = Track { name: "a b".to_owned(), poses: BTreeMap::new() };
        assert!(Recording { tracks: vec![unfit], ..Recording::default() }.write().is_err());
    }
}
