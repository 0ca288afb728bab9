"""Shared by the scripts beside it: the images that all cases use, and how cases are written for ../common/mod.rs.

A script is called as `python FAMILY.py OUT DATA`: it writes every input and every result that the reference implementation
gives as NRRD files into OUT, and all cases into OUT/cases.json. DATA is the folder of shared test data.
"""

import json
import pathlib
import sys

import numpy as np
import SimpleITK as sitk

OUT, DATA = (pathlib.Path(a) for a in sys.argv[1:3])


def image(array, spacing=(0.8, 0.9, 1.3), origin=(10, -20, 30), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)):
    """A SimpleITK image of an array [k, j, i]."""
    result = sitk.GetImageFromArray(array)
    result.SetSpacing(spacing)
    result.SetOrigin(origin)
    result.SetDirection(direction)
    return result


def waves(dims=(37, 29, 23)):
    """Waves and a little noise, whole numbers from about -800 to 850."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in dims[::-1]), indexing="ij")
    n = (k * dims[1] + j) * dims[0] + i
    smooth = 300 * np.sin(i / 5) + 200 * np.cos(j / 4) + 250 * np.sin(k / 3 + 1)
    return (np.floor(smooth) + (n * 7919) % 101).astype(np.int16)


def rotation(*degrees):
    """Direction cosines of a rotation about x, y and z."""
    transform = sitk.Euler3DTransform()
    transform.SetRotation(*np.deg2rad(degrees))
    return transform.GetMatrix()


def blobs(dims=(37, 29, 23)):
    """Six labels of different shapes, two of which touch, one in two pieces; label 4 is missing."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in dims[::-1]), indexing="ij")
    out = np.zeros(dims[::-1], np.uint8)
    for label, (x, y, z), (a, b, c) in [
        (1, (9, 9, 9), (6, 5, 4)), (2, (16, 10, 9), (5, 4, 6)), (3, (28, 20, 14), (7, 6, 5)),
        (5, (8, 22, 16), (3, 3, 3)), (5, (30, 6, 5), (2, 2, 2)), (6, (20, 25, 3), (9, 2, 1)),
    ]:
        out[((i - x) / a) ** 2 + ((j - y) / b) ** 2 + ((k - z) / c) ** 2 <= 1] = label
    return out


def inputs():
    """The images of all cases: real ones, cut to a size that is quick, and made ones of awkward geometry."""
    head = sitk.ReadImage(str(DATA / "slicer-testdata/Input/CTHeadAxial.nhdr"))
    brain = sitk.ReadImage(str(DATA / "slicer-testdata/Input/MRHeadResampled.nhdr"))
    center = lambda im, size: im[tuple(slice((n - s) // 2, (n - s) // 2 + s) for n, s in zip(im.GetSize(), size))]
    oblique, mirrored = rotation(12, -20, 33), np.array(rotation(5, 10, -8)).reshape(3, 3)
    mirrored[:, 2] *= -1
    return {
        "ct": sitk.Cast(center(head, (64, 56, min(20, head.GetSize()[2]))), sitk.sitkInt16),
        "mr": sitk.Cast(center(brain, (48, 50, 40)), sitk.sitkInt16),
        "oblique": image(waves().astype(np.float32) + np.float32(0.25), direction=oblique),
        "mirrored": image(waves((21, 26, 18)), spacing=(1.1, 0.7, 2.0), direction=mirrored.ravel()),
        "flat": image(waves((40, 30, 1)).astype(np.float32)),
        "labels": image(blobs(), direction=oblique),
        "mask": image((blobs() > 0).astype(np.uint8), direction=oblique),
    }


class Cases:
    """Collects cases; `write` at the end."""

    def __init__(self):
        self.images, self.cases, self.files = inputs(), [], set()

    def __getitem__(self, name):
        return self.images[name]

    def add(self, operation, inputs, parameters, result=None, output="output", values=None, *, name="", tolerance=1e-4, absolute=0.0,
            equal=0.0, margin=0, geometry=True, columns=None):
        """One call of an operation, and what it should give.

        inputs: name of input -> name of image, or a SimpleITK image or transform. result: the reference's image. tolerance: the largest
        difference allowed, as a fraction of the reference's range of values. absolute: the same as a number, if that is
        more. equal: the least fraction of voxels that must
        be exactly equal (then tolerance does not count). margin: voxels at the border that are not compared. values: the numbers
        that must come out, within tolerance relative to each. columns: name of column -> numbers or texts that the table `output`
        must have, compared like values.
        """
        number = len(self.cases)
        files = {}
        for role, given in inputs.items():
            file = f"{given}.nrrd" if isinstance(given, str) else f"{number}-{role}.nrrd"
            if isinstance(given, sitk.Transform):
                file = f"{number}-{role}.tfm"
                sitk.WriteTransform(given, str(OUT / file))
            elif file not in self.files:
                sitk.WriteImage(self.images[given] if isinstance(given, str) else given, str(OUT / file), True)
                self.files.add(file)
            files[role] = file
        case = {"operation": operation, "name": name, "inputs": files, "parameters": parameters, "output": output,
                "tolerance": tolerance, "absolute": absolute, "equal": equal, "margin": margin, "geometry": geometry, "values": values or {},
                "columns": columns or {}}
        if result is not None:
            case["reference"] = f"{number}-result.nrrd"
            sitk.WriteImage(result, str(OUT / case["reference"]), True)
        self.cases.append(case)

    def write(self):
        (OUT / "cases.json").write_text(json.dumps(self.cases))
        print("SimpleITK", sitk.Version().VersionString(), "NumPy", np.__version__)
