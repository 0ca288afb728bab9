//! ITK's HDF5 transform files: `.h5`.
//!
//! `/TransformGroup/0`, `/1`, … hold a transform each: its class in `TransformType`, its numbers in `TransformParameters` and
//! `TransformFixedParameters` (older ITK: `Tranform…`).
//!
//! HDF5 itself is read and written here as far as these files need it (HDF5 File Format Specification, version 3.0): the
//! superblocks of all versions, groups of the old and the new kind, contiguous, compact and one-dimensional chunked data with
//! deflate and shuffle. Every address and length is checked, and no more is read than the file's size justifies.

mod checksum;
mod dataset;
mod file;
mod group;
mod heap;
mod links;
mod object;
mod write;

use self::file::File;
use self::links::Links;
use super::itk::{self, Entry};
use crate::data::{Loaded, TransformData};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "ITK HDF5 transform";
const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
/// An address that leads nowhere.
const UNDEFINED: u64 = u64::MAX;

/// ITK transforms in HDF5.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".h5", ".hdf5", ".he5"],
    sniff,
    read,
    writers: &[Writer::Transform(write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    match (head.starts_with(MAGIC), FORMAT.extension_of(name).is_some()) {
        (true, true) => Match::Content,
        (true, false) | (false, true) => Match::Name,
        (false, false) => Match::No,
    }
}

fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let file = File::open(&bytes)?;
    let root = file.links(file.root)?;
    let group = root.find("TransformGroup").ok_or_else(|| missing("/TransformGroup"))?;
    let mut members: Vec<(u32, u64)> = Vec::new();
    for (name, address) in file.links(group)?.iter() {
        let number = name.parse();
        members.push((
            number.map_err(|_| Error::field(NAME, "TransformGroup", name, "its members are numbered"))?,
            address,
        ));
    }
    members.sort_unstable();
    // Members may share their data; together they hold no more than a file of this size can.
    let limit = (bytes.len() as u128).saturating_mul(dataset::MOST_EXPANSION.into());
    let (mut entries, mut claimed): (Vec<Entry>, u128) = (Vec::new(), 0);
    for (number, address) in members {
        let entry = entry(&file, number, address, options)?;
        claimed += 8 * (entry.parameters.len() + entry.fixed.len()) as u128;
        if claimed > limit {
            return Err(Error::TooLarge { format: NAME, what: "parameters", claimed, limit });
        }
        entries.push(entry);
    }
    itk::assemble(NAME, &entries)
}

fn missing(field: impl Into<String>) -> Error {
    Error::Missing { format: NAME, field: field.into() }
}

fn entry(file: &File<'_>, number: u32, address: u64, options: &ReadOptions) -> Result<Entry, Error> {
    let links = file.links(address)?;
    let path = format!("/TransformGroup/{number}/TransformType");
    let class = links.find("TransformType").ok_or_else(|| missing(&path))?;
    let class = file.text(class)?;
    let composite = class.starts_with("CompositeTransform");
    let numbers =
        |links: &Links<'_>, name: &str, old: &str| match links.find(name).or_else(|| links.find(old)) {
            Some(_) if composite => Ok(Vec::new()),
            Some(address) => file.floats(address, options),
            None if composite => Ok(Vec::new()),
            None => Err(missing(format!("/TransformGroup/{number}/{name}"))),
        };
    Ok(Entry {
        parameters: numbers(&links, "TransformParameters", "TranformParameters")?,
        fixed: numbers(&links, "TransformFixedParameters", "TranformFixedParameters")?,
        class,
    })
}

fn write(data: &TransformData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let bytes = write::file(&itk::disassemble(NAME, data)?);
    sink.create(name)?.write_all(&bytes)?;
    Ok(())
}
