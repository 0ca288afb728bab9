//! The benchmark's inputs, in memory.

use std::path::{Path, PathBuf};

use microtome_archive::{OpenOptions, open};
use microtome_image::{Array, Image, with_values};
use microtome_mesh::Mesh;
use microtome_scene::{Content, nodes};

use crate::failure::Failure;

/// The folder with the inputs.
pub(super) struct Inputs {
    folder: PathBuf,
}

impl Inputs {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The path of a file or folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// An image whose voxels are this process's own.
    pub(super) fn image(&self, name: &str) -> Result<Image, Failure> {
        let image = read_image(&self.path(&format!("{name}.nrrd")))?;
        let own = with_values!(image.array(), values => Array::from(values.to_vec()));
        Ok(image.with_array(own)?)
    }

    pub(super) fn mesh(&self, name: &str) -> Result<Mesh, Failure> {
        let path = self.path(&format!("{name}.ply"));
        match read(&path)? {
            Content::Model(model) => Ok(model.mesh),
            _ => Err(Failure::new(format!("cannot use {}: it is no mesh", path.display()))),
        }
    }
}

/// The image in a file, as the whole program reads it.
pub(super) fn read_image(path: &Path) -> Result<Image, Failure> {
    match read(path)? {
        Content::Volume(nodes::Volume { image: Some(image), .. }) => Ok(image),
        Content::LabelVolume(nodes::LabelVolume { labels: Some(labels) }) => Ok(labels.to_image()),
        _ => Err(Failure::new(format!("cannot use {}: it is no image", path.display()))),
    }
}

fn read(path: &Path) -> Result<Content, Failure> {
    let opened = open(path, &OpenOptions::default())?.into_iter().next();
    let opened =
        opened.ok_or_else(|| Failure::new(format!("cannot use {}: it holds nothing", path.display())))?;
    Ok(opened.node.content)
}
