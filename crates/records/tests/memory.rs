//! Segments of a huge volume cost what is painted, not what could be.
#![allow(missing_docs)]

use microtome_geometry::{Grid, Point};
use microtome_image::{Labelmap, Labels, Region};
use microtome_records::{Segment, SegmentPlace, Segmentation};

/// Memory of this process, bytes; `None` where the system does not tell.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// A round brush of 25 voxels, moved along a line of 60 dabs.
fn stroke(
    mut labels: Labelmap<u8>,
    start: [usize; 3],
    step: [usize; 3],
    label: u8,
    kept: &mut Vec<Labelmap<u8>>,
) -> Labelmap<u8> {
    const RADIUS: usize = 12;
    for dab in 0..60 {
        let middle: [usize; 3] = std::array::from_fn(|a| start[a] + dab * step[a]);
        let region = Region { start: middle.map(|m| m - RADIUS), dims: [2 * RADIUS + 1; 3] };
        kept.push(labels.clone());
        labels = labels.edit(&region, |ijk, old| {
            let squared: usize = (0..3).map(|a| ijk[a].abs_diff(middle[a]).pow(2)).sum();
            if squared <= RADIUS * RADIUS { label } else { old }
        });
    }
    labels
}

#[test]
fn three_segments_and_a_few_strokes_add_little_to_a_huge_volume() {
    let dims = [1800, 1800, 1200];
    let grid = Grid::axis_aligned(dims, [0.1; 3], Point::zero());
    // At one byte a voxel; the bar is a twentieth of it.
    let bar = (dims.iter().product::<usize>() / 20) as u64;
    let before = memory();
    // Every state before a dab is kept, as undo does.
    let mut kept = Vec::new();
    let empty = Labelmap::<u8>::uniform(grid, 0);
    let shared = stroke(empty.clone(), [100, 200, 300], [20, 3, 1], 1, &mut kept);
    let shared = stroke(shared, [1000, 1500, 700], [2, 1, 5], 2, &mut kept);
    let overlapping = stroke(empty, [120, 200, 300], [1, 20, 10], 1, &mut kept);
    let place = |layer, label| Some(SegmentPlace { layer, label });
    let segment = |id: &str, place| Segment { id: id.to_owned(), place, ..Segment::default() };
    let segmentation = Segmentation {
        segments: vec![segment("a", place(0, 1)), segment("b", place(0, 2)), segment("c", place(1, 1))],
        layers: vec![Labels::UInt8(shared), Labels::UInt8(overlapping)],
        ..Segmentation::default()
    };
    let blocks: usize = segmentation.layers.iter().map(Labels::block_bytes).sum();
    assert!(blocks > 0 && (blocks as u64) < bar, "{blocks} bytes of blocks");
    if let Some((before, after)) = before.zip(memory()) {
        let added = after.saturating_sub(before);
        assert!(added < bar, "{added} bytes more, over {bar}");
    }
    let extents = segmentation.layers[0].extents();
    assert_eq!(extents[&0].voxels + extents[&1].voxels + extents[&2].voxels, grid.voxel_count() as u64);
    assert_eq!(extents[&2].region.start, [988, 1488, 688]);
    drop((kept, segmentation));
}
