//! Members of an archive as sources for readers.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use microtome_formats::Source;
use microtome_image::Bytes;

use super::zip_read::Zip;

/// A member of an archive, and the members in its folder.
pub struct MemberSource {
    zip: Arc<Zip>,
    member: usize,
    /// The path of its folder with a slash at the end; empty for the archive's top.
    folder: String,
    name: String,
    /// Inflated once, however often it is asked for.
    content: OnceLock<Bytes>,
    touched: Mutex<BTreeSet<usize>>,
}

impl MemberSource {
    /// The member at `path`.
    ///
    /// # Errors
    /// Not found.
    pub fn new(zip: &Arc<Zip>, path: &str) -> io::Result<Self> {
        let member = zip.find(path).ok_or(io::ErrorKind::NotFound)?;
        let cut = path.rfind('/').map_or(0, |n| n + 1);
        let (folder, name) = path.split_at(cut);
        Ok(Self {
            zip: Arc::clone(zip),
            member,
            folder: folder.to_owned(),
            name: name.to_owned(),
            content: OnceLock::new(),
            touched: Mutex::default(),
        })
    }

    /// The members that were read so far: this one and those that it named.
    pub fn touched(&self) -> Vec<usize> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    fn touch(&self, member: usize) {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(member);
    }
}

impl Source for MemberSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> io::Result<Bytes> {
        self.touch(self.member);
        if let Some(content) = self.content.get() {
            return Ok(content.clone());
        }
        let content = self.zip.content(self.member)?;
        Ok(self.content.get_or_init(|| content).clone())
    }

    fn companion(&self, name: &str) -> io::Result<Bytes> {
        let mut path = self.folder.clone();
        for component in Path::new(name).components() {
            match component {
                Component::CurDir => {}
                Component::Normal(part) => {
                    if !path.is_empty() && !path.ends_with('/') {
                        path.push('/');
                    }
                    path.push_str(&part.to_string_lossy());
                }
                _ => {
                    let why = "the name leads out of the file's folder";
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
                }
            }
        }
        let member = self.zip.find(&path).ok_or(io::ErrorKind::NotFound)?;
        if member == self.member {
            return self.bytes();
        }
        self.touch(member);
        Ok(self.zip.content(member)?)
    }

    fn neighbours(&self) -> io::Result<Vec<String>> {
        let inside =
            |name: &str| name.strip_prefix(&self.folder).filter(|n| !n.contains('/')).map(str::to_owned);
        let mut names: Vec<String> = self.zip.members().iter().filter_map(|m| inside(m.name())).collect();
        names.sort();
        Ok(names)
    }
}
