//! Reading.

use std::collections::HashSet;
use std::path::{Component, Path};
use std::sync::Arc;

use microtome_image::Bytes;
use microtome_mesh::Mesh;
use microtome_records::{SegmentRepresentation, Segmentation};
use rayon::prelude::*;

use super::fields::{Said, gather};
use super::{KIND, NAME};
use crate::data::{Data, Loaded, SegmentationData, Warning};
use crate::error::Error;
use crate::segmentation::MOST_WARNINGS;
use crate::source::{ReadOptions, Source};
use crate::vtk::{Field, read_block};

/// The most XML nodes that a file may have.
const MAX_NODES: u32 = 1 << 20;

pub(super) fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let mut warnings = Vec::new();
    let blocks = blocks(&bytes, &mut warnings)?;
    let none = blocks.is_empty();
    let files = files(source, blocks, &mut warnings);
    let read: Vec<(Block, Result<Parts, Error>)> = files
        .into_par_iter()
        .map(|(block, bytes)| {
            let parts = read_block(&bytes, options);
            (block, parts)
        })
        .collect();
    let mut meshes = Vec::new();
    for (block, parts) in read {
        match parts {
            Ok((mesh, fields, more)) => {
                warnings.extend(more);
                meshes.push((block, mesh, Said::new(fields)));
            }
            Err(error) => warnings.push(block.left_out(&error.to_string())),
        }
    }
    if meshes.is_empty() && !none {
        let why = warnings.last().map_or("none", |warning| warning.message.as_str()).to_owned();
        return Err(Error::Unsupported { format: NAME, what: format!("a file without any segment ({why})") });
    }
    let source = form(&meshes, &mut warnings);
    let mut segmentation = Segmentation::default();
    for (n, (block, mesh, said)) in meshes.into_iter().enumerate() {
        said.of_all(&mut segmentation);
        let mut segment = said.segment(n, &block.name, &mut warnings);
        if !mesh.points().is_empty() {
            segment.set_mesh(source, Some(Arc::new(mesh)));
        }
        segmentation.segments.push(segment);
    }
    let metadata = gather(&mut segmentation.segments);
    for (n, old) in segmentation.make_ids_unique() {
        let new = &segmentation.segments[n].id;
        let what =
            if old.is_empty() { "has no ID".to_owned() } else { format!("has the ID \"{old}\" of another") };
        warnings.push(Warning::new(format!("segment {n} {what} and is called \"{new}\"")));
    }
    warnings.truncate(MOST_WARNINGS);
    Ok(Loaded::new(Data::Segmentation(SegmentationData { segmentation, source, metadata }), warnings))
}

type Parts = (Mesh, Vec<Field>, Vec<Warning>);

/// A block of the file.
struct Block {
    /// Its name, or one made up from its number.
    name: String,
    /// Its file.
    file: String,
}

impl Block {
    fn left_out(&self, why: &str) -> Warning {
        Warning::new(format!("the block \"{}\" is left out: {why}", shortened(&self.name)))
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The blocks that name a file.
fn blocks(bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Vec<Block>, Error> {
    let text = std::str::from_utf8(bytes);
    let text = text.map_err(|_| Error::NotThisFormat { format: NAME, why: "it is not UTF-8".to_owned() })?;
    // Document types, and with them entities, are refused.
    let options =
        roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    let xml = roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| Error::NotThisFormat { format: NAME, why: error.to_string() })?;
    let root = xml.root_element();
    if root.tag_name().name() != "VTKFile" || root.attribute("type") != Some(KIND) {
        return Err(Error::NotThisFormat { format: NAME, why: format!("its type is not {KIND}") });
    }
    let mut blocks = Vec::new();
    let mut empty = 0_usize;
    for (n, node) in root.descendants().filter(|node| node.has_tag_name("DataSet")).enumerate() {
        let name = node.attribute("name").filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("Segment {n}"), str::to_owned);
        match node.attribute("file").map(str::trim).filter(|file| !file.is_empty()) {
            Some(file) => blocks.push(Block { name, file: file.to_owned() }),
            None => empty += 1,
        }
    }
    if empty > 0 {
        warnings.push(Warning::new(format!("{empty} blocks have no file and are left out")));
    }
    Ok(blocks)
}

/// The files of the blocks. Each is taken once: a file of a line must not become thousands of meshes.
fn files(source: &dyn Source, blocks: Vec<Block>, warnings: &mut Vec<Warning>) -> Vec<(Block, Bytes)> {
    let mut taken = HashSet::new();
    let mut files = Vec::with_capacity(blocks.len());
    let mut warn = |warning| {
        if warnings.len() < MOST_WARNINGS {
            warnings.push(warning);
        }
    };
    for block in blocks {
        let name: Vec<Component<'_>> =
            Path::new(&block.file).components().filter(|part| *part != Component::CurDir).collect();
        let name = name.iter().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        if !taken.insert(name.clone()) {
            warn(block.left_out("its file is that of another block"));
            continue;
        }
        match source.companion(&name) {
            Ok(bytes) => files.push((block, bytes)),
            Err(error) => warn(block.left_out(&format!("{}: {error}", shortened(&block.file)))),
        }
    }
    files
}

/// The form that the meshes are.
fn form(meshes: &[(Block, Mesh, Said)], warnings: &mut Vec<Warning>) -> SegmentRepresentation {
    let said = meshes.iter().find_map(|(_, _, said)| said.source());
    match said {
        Some(Ok(form)) => return form,
        Some(Err(name)) => {
            let message = format!(
                "the source representation \"{}\" is not one of meshes; taken as closed surface",
                shortened(&name)
            );
            warnings.push(Warning::new(message));
        }
        None if meshes.is_empty() => {}
        None => {
            let message = "no block says what the meshes are; taken as closed surfaces of segments, in RAS";
            warnings.push(Warning::new(message));
        }
    }
    SegmentRepresentation::ClosedSurface
}
