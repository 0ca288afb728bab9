//! HDF5 files of transforms: a superblock of version 2, groups with their links in the header, contiguous data.

use super::MAGIC;
use super::UNDEFINED;
use super::checksum::lookup3;
use super::object::kind;
use crate::transform::itk::Entry;

/// Bytes of the superblock.
const SUPERBLOCK: usize = 48;
/// The least size of a global heap.
const LEAST_HEAP: usize = 4096;
const FILL_VALUE: u16 = 0x05;
const GROUP_INFO: u16 = 0x0a;

/// The whole file.
pub(super) fn file(entries: &[Entry]) -> Vec<u8> {
    let mut out = vec![0; SUPERBLOCK];
    let heap = push_heap(&mut out, entries);
    let mut members = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let mut links = vec![("TransformType", push_text(&mut out, heap, index, entry.class.len()))];
        if !entry.class.starts_with("CompositeTransform") {
            links.push(("TransformFixedParameters", push_floats(&mut out, &entry.fixed)));
            links.push(("TransformParameters", push_floats(&mut out, &entry.parameters)));
        }
        members.push((index.to_string(), push_group(&mut out, &links)));
    }
    let members: Vec<(&str, u64)> = members.iter().map(|(name, address)| (name.as_str(), *address)).collect();
    let transforms = push_group(&mut out, &members);
    let root = push_group(&mut out, &[("TransformGroup", transforms)]);

    let mut head = MAGIC.to_vec();
    head.extend([2, 8, 8, 0]);
    for address in [0, UNDEFINED, out.len() as u64, root] {
        head.extend(address.to_le_bytes());
    }
    head.extend(lookup3(&head).to_le_bytes());
    out[..SUPERBLOCK].copy_from_slice(&head);
    out
}

/// Everything stands at a multiple of eight bytes.
fn align(out: &mut Vec<u8>) -> u64 {
    out.resize(out.len().next_multiple_of(8), 0);
    out.len() as u64
}

/// The global heap with the name of each entry's class, numbered from 1.
fn push_heap(out: &mut Vec<u8>, entries: &[Entry]) -> u64 {
    let address = align(out);
    let mut objects = Vec::new();
    for (index, entry) in (1_u16..).zip(entries) {
        objects.extend(index.to_le_bytes());
        objects.extend([0; 6]);
        objects.extend((entry.class.len() as u64).to_le_bytes());
        objects.extend(entry.class.as_bytes());
        align(&mut objects);
    }
    let size = (16 + objects.len() + 16).max(LEAST_HEAP);
    out.extend(b"GCOL\x01\0\0\0");
    out.extend((size as u64).to_le_bytes());
    out.extend(&objects);
    // What is free, itself included.
    let free = size - 16 - objects.len();
    out.extend([0; 8]);
    out.extend((free as u64).to_le_bytes());
    out.resize(address as usize + size, 0);
    address
}

fn push_group(out: &mut Vec<u8>, links: &[(&str, u64)]) -> u64 {
    let mut messages = Vec::new();
    let mut info = vec![0, 0];
    info.extend(UNDEFINED.to_le_bytes());
    info.extend(UNDEFINED.to_le_bytes());
    push_message(&mut messages, kind::LINK_INFO, &info);
    push_message(&mut messages, GROUP_INFO, &[0, 0]);
    for (name, address) in links {
        let mut link = vec![1, 0, name.len() as u8];
        link.extend(name.as_bytes());
        link.extend(address.to_le_bytes());
        push_message(&mut messages, kind::LINK, &link);
    }
    push_header(out, &messages)
}

fn push_text(out: &mut Vec<u8>, heap: u64, index: usize, length: usize) -> u64 {
    /// A text of variable length, made of unsigned numbers of eight bits.
    const TYPE: [u8; 20] = [0x19, 1, 0, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
    let mut reference = (length as u32).to_le_bytes().to_vec();
    reference.extend(heap.to_le_bytes());
    reference.extend((index as u32 + 1).to_le_bytes());
    push_dataset(out, &TYPE, 1, &reference)
}

fn push_floats(out: &mut Vec<u8>, values: &[f64]) -> u64 {
    /// IEEE 754 double precision, little endian.
    const TYPE: [u8; 20] = [0x11, 0x20, 0x3f, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0];
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    push_dataset(out, &TYPE, values.len(), &bytes)
}

fn push_dataset(out: &mut Vec<u8>, datatype: &[u8], count: usize, data: &[u8]) -> u64 {
    let address = if data.is_empty() { UNDEFINED } else { align(out) };
    out.extend(data);
    let mut dataspace = vec![2, 1, 0, 1];
    dataspace.extend((count as u64).to_le_bytes());
    let mut layout = vec![3, 1];
    layout.extend(address.to_le_bytes());
    layout.extend((data.len() as u64).to_le_bytes());
    let mut messages = Vec::new();
    push_message(&mut messages, kind::DATASPACE, &dataspace);
    push_message(&mut messages, kind::DATATYPE, datatype);
    // Allocated late, and filled only where a value is set; none is.
    push_message(&mut messages, FILL_VALUE, &[3, 0x0a]);
    push_message(&mut messages, kind::LAYOUT, &layout);
    push_header(out, &messages)
}

fn push_message(messages: &mut Vec<u8>, kind: u16, body: &[u8]) {
    messages.push(kind as u8);
    messages.extend((body.len() as u16).to_le_bytes());
    messages.push(0);
    messages.extend(body);
}

fn push_header(out: &mut Vec<u8>, messages: &[u8]) -> u64 {
    let address = align(out);
    // The size of the messages has four bytes.
    out.extend(b"OHDR\x02\x02");
    out.extend((messages.len() as u32).to_le_bytes());
    out.extend(messages);
    let checksum = lookup3(&out[address as usize..]);
    out.extend(checksum.to_le_bytes());
    address
}
