//! The members of a group.

use std::borrow::Cow;

use super::file::{File, Reader, bad, unsupported};
use super::object::kind;
use super::{UNDEFINED, group, heap};
use crate::error::Error;

/// Names and addresses of a group's members.
#[derive(Default)]
pub(super) struct Links<'a> {
    links: Vec<(Cow<'a, str>, u64)>,
}

impl<'a> Links<'a> {
    pub(super) fn find(&self, name: &str) -> Option<u64> {
        self.links.iter().find(|(n, _)| n == name).map(|(_, address)| *address)
    }

    pub(super) fn len(&self) -> usize {
        self.links.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.links.iter().map(|(name, address)| (name.as_ref(), *address))
    }

    pub(super) fn push(&mut self, name: &'a [u8], address: u64) {
        self.links.push((String::from_utf8_lossy(name), address));
    }

    /// Adds what a link message says; links into other files and by path are left out.
    pub(super) fn push_message(&mut self, mut message: Reader<'a>) -> Result<(), Error> {
        let version = message.u8()?;
        if version != 1 {
            return Err(bad("link message", version.into(), "its version is 1"));
        }
        let flags = message.u8()?;
        let hard = flags & 8 == 0 || message.u8()? == 0;
        message.skip(if flags & 4 != 0 { 8 } else { 0 })?;
        message.skip(if flags & 0x10 != 0 { 1 } else { 0 })?;
        let length = message.number(1 << (flags & 3))?;
        let name = message.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        if hard {
            self.push(name, message.address()?);
        }
        Ok(())
    }
}

impl<'a> File<'a> {
    /// The members of the group whose header is at `address`.
    pub(super) fn links(&self, address: u64) -> Result<Links<'a>, Error> {
        let object = self.object(address)?;
        let mut links = Links::default();
        if let Some(mut table) = object.get(kind::SYMBOL_TABLE) {
            let (tree, names) = (table.address()?, table.address()?);
            group::read(self, tree, names, &mut links)?;
        }
        for message in object.all(kind::LINK) {
            links.push_message(message)?;
        }
        if let Some(mut info) = object.get(kind::LINK_INFO) {
            let version = info.u8()?;
            if version != 0 {
                return Err(unsupported(format!("version {version} of the link information")));
            }
            let flags = info.u8()?;
            info.skip(if flags & 1 != 0 { 8 } else { 0 })?;
            let (heap, names) = (info.address()?, info.address()?);
            if heap != UNDEFINED {
                heap::read_links(self, heap, names, &mut links)?;
            }
        }
        Ok(links)
    }
}
