"""Reference slices made by SimpleITK, for tests/slices.rs.

Usage: python make_slices.py DATA_FOLDER GOLDEN_FOLDER
Made with SimpleITK 2.5.7, numpy and Pillow. Each picture is a 16-bit greyscale PNG of value + 32768, top row first;
0 stands for outside the image. The planes are written down here on their own, in LPS, from the image's corners.
"""

import sys
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from PIL import Image

# Screen right, screen up and slice axis of the standard planes, LPS.
PLANES = {
    "axial": ((1, 0, 0), (0, -1, 0), (0, 0, 1)),
    "sagittal": ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    "coronal": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
}


def corners(image):
    size = image.GetSize()
    ends = [(-0.5, n - 0.5) for n in size]
    return np.array(
        [image.TransformContinuousIndexToPhysicalPoint((i, j, k)) for i in ends[0] for j in ends[1] for k in ends[2]]
    )


def fitted(image, plane, size, offset):
    """Corner pixel, step to the right and step down of a view that shows the whole volume with square pixels."""
    right, up, axis = (np.array(v, float) for v in PLANES[plane])
    points = corners(image)
    extent = [np.ptp(points @ v) for v in (right, up)]
    middle = [(np.min(points @ v) + np.max(points @ v)) / 2 for v in (right, up)]
    pixel = max(extent[0] / size[0], extent[1] / size[1])
    first = (
        right * (middle[0] - pixel * (size[0] - 1) / 2) + up * (middle[1] + pixel * (size[1] - 1) / 2) + axis * offset
    )
    return first, right * pixel, -up * pixel


def sample(image, first, across, down, size):
    """Trilinear values as an array, NaN outside."""
    spacing = [np.linalg.norm(across), np.linalg.norm(down), 1.0]
    x, y = across / spacing[0], down / spacing[1]
    direction = np.stack([x, y, np.cross(x, y)], axis=1)
    resample = sitk.ResampleImageFilter()
    resample.SetInterpolator(sitk.sitkLinear)
    resample.SetSize((size[0], size[1], 1))
    resample.SetOutputOrigin(first.tolist())
    resample.SetOutputSpacing(spacing)
    resample.SetOutputDirection(direction.ravel().tolist())
    resample.SetDefaultPixelValue(-1e9)
    values = sitk.GetArrayFromImage(resample.Execute(sitk.Cast(image, sitk.sitkFloat64)))[0]
    return np.where(values < -1e8, np.nan, values)


def save(path, values):
    coded = np.where(np.isnan(values), 0, np.clip(np.round(values) + 32768, 1, 65535)).astype(np.uint16)
    Image.fromarray(coded).save(path, optimize=True)


def main(data, golden):
    size = (80, 64)
    head = sitk.ReadImage(str(data / "volumes/mr_t1gd_vs-seg-001_256.nrrd"))
    brain = sitk.ReadImage(str(data / "volumes/mr_t1_colin27_ch2.nii.gz"))
    thick = sitk.ReadImage(str(data / "volumes/mr_brain1_image.nrrd"))
    for name, image, plane, offset in [
        ("head_axial", head, "axial", 12.3),
        ("brain_sagittal", brain, "sagittal", 20.0),
        ("thick_coronal", thick, "coronal", -5.5),
    ]:
        save(golden / f"{name}.png", sample(image, *fitted(image, plane, size, offset), size))
    # An oblique plane: columns of Rz(25 deg) Ry(-35 deg) in LPS, 2.5 mm pixels, through a point off the centre.
    z, y = np.radians(25), np.radians(-35)
    turn_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    turn_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    turn = turn_z @ turn_y
    center = corners(head).mean(axis=0) + np.array([5.0, -7.0, 3.0])
    across, down = turn[:, 0] * 2.5, turn[:, 1] * 2.5
    first = center - across * (size[0] - 1) / 2 - down * (size[1] - 1) / 2
    save(golden / "head_oblique.png", sample(head, first, across, down, size))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
