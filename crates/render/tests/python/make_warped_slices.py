"""Reference slices of warped volumes, for tests/warped.rs.

Usage: python make_warped_slices.py DATA_FOLDER GOLDEN_FOLDER
Made with SimpleITK 2.5.7 (resampling; B-spline and displacement field transforms) and VTK 9.7.2 (inverses of B-splines,
thin-plate splines). Each picture is a 16-bit greyscale PNG of value + 32768, top row first; 0 stands for outside the
image. warped_points.json holds points before and after, RAS.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import vtk
from make_slices import corners, fitted, save
from vtk.util.numpy_support import numpy_to_vtk

SIZE = (80, 64)
# Control nodes: 13 x 12 x 11 of them about the middle of the image, this far apart (mm), LPS.
NODES, SPACING = (13, 12, 11), (26.0, 28.0, 30.0)


def vector(i, j, k):
    """The vector (LPS, mm) of node i, j, k: waves that die away towards the border of the lattice."""
    fade = 1.0
    for n, size in zip((i, j, k), NODES):
        fade *= math.sin(math.pi * (n - 1) / (size - 3)) if 1 < n < size - 2 else 0.0
    return (
        12.0 * fade * math.sin(1.1 * j + 0.3 * k),
        10.0 * fade * math.sin(0.9 * i + 0.5),
        8.0 * fade * math.cos(0.8 * i + 0.4 * j),
    )


def lattice(image):
    """Vectors as an array [k, j, i, component], and the first node."""
    middle = corners(image).mean(axis=0)
    origin = middle - (np.array(NODES) - 1) / 2 * SPACING
    vectors = np.array(
        [[[vector(i, j, k) for i in range(NODES[0])] for j in range(NODES[1])] for k in range(NODES[2])]
    )
    return vectors, origin


def itk_bspline(vectors, origin):
    images = []
    for axis in range(3):
        image = sitk.GetImageFromArray(vectors[..., axis].copy())
        image.SetOrigin(origin.tolist())
        image.SetSpacing(SPACING)
        images.append(image)
    return sitk.BSplineTransform(images, 3)


def vtk_grid(vectors, origin):
    image = vtk.vtkImageData()
    image.SetDimensions(NODES)
    image.SetOrigin(origin.tolist())
    image.SetSpacing(SPACING)
    array = numpy_to_vtk(vectors.reshape(-1, 3).copy(), deep=True)
    image.GetPointData().SetScalars(array)
    return image


def vtk_bspline(vectors, origin):
    transform = vtk.vtkBSplineTransform()
    transform.SetCoefficientData(vtk_grid(vectors, origin))
    transform.SetBorderModeToZero()
    return transform


def thin_plate(image):
    """Through the corners of a box and points in it, LPS."""
    middle = corners(image).mean(axis=0)
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for n in range(20):
        p = middle + np.array([(n % 3 - 1) * 60.0, (n // 3 % 3 - 1) * 70.0, (n // 9 - 1) * 50.0 + (n % 2) * 7.0])
        shift = np.array([9.0 * math.sin(1.7 * n), 8.0 * math.cos(2.3 * n), 6.0 * math.sin(0.9 * n + 1)])
        source.InsertNextPoint(p)
        target.InsertNextPoint(p + shift)
    transform = vtk.vtkThinPlateSplineTransform()
    transform.SetBasisToR()
    transform.SetSourceLandmarks(source)
    transform.SetTargetLandmarks(target)
    return transform


def inverse_of(transform):
    """VTK's inverse, sharpened by Newton steps until it is off by less than 1e-9 mm."""
    transform.SetInverseTolerance(1e-9)
    transform.SetInverseIterations(5000)
    transform.Update()

    def back(p):
        q = np.array(transform.GetInverse().TransformPoint(p))
        for _ in range(50):
            off = np.array(transform.TransformPoint(q)) - p
            if np.linalg.norm(off) < 1e-9:
                return q
            h = 1e-4
            slope = np.stack(
                [
                    (np.array(transform.TransformPoint(q + h * e)) - np.array(transform.TransformPoint(q - h * e))) / (2 * h)
                    for e in np.eye(3)
                ],
                axis=1,
            )
            q = q - np.linalg.solve(slope, off)
        raise ValueError(f"no inverse at {p}")

    return back


def places(first, across, down):
    return [[first + x * across + y * down for x in range(SIZE[0])] for y in range(SIZE[1])]


def through_itk(image, plane, transform, interpolator):
    first, across, down = plane
    spacing = [np.linalg.norm(across), np.linalg.norm(down), 1.0]
    x, y = across / spacing[0], down / spacing[1]
    direction = np.stack([x, y, np.cross(x, y)], axis=1)
    resample = sitk.ResampleImageFilter()
    resample.SetInterpolator(interpolator)
    resample.SetTransform(transform)
    resample.SetSize((*SIZE, 1))
    resample.SetOutputOrigin(first.tolist())
    resample.SetOutputSpacing(spacing)
    resample.SetOutputDirection(direction.ravel().tolist())
    resample.SetDefaultPixelValue(-1e9)
    values = sitk.GetArrayFromImage(resample.Execute(sitk.Cast(image, sitk.sitkFloat64)))[0]
    return np.where(values < -1e8, np.nan, values)


def through_function(image, plane, place):
    """Trilinear values where `place` takes the pixels; NaN outside."""
    image = sitk.Cast(image, sitk.sitkFloat64)
    values = np.full(SIZE[::-1], np.nan)
    for y, row in enumerate(places(*plane)):
        for x, p in enumerate(row):
            index = image.TransformPhysicalPointToContinuousIndex(place(p).tolist())
            if all(-0.5 <= c <= n - 0.5 for c, n in zip(index, image.GetSize())):
                values[y, x] = image.EvaluateAtContinuousIndex(index, sitk.sitkLinear)
    return values


def main(data, golden):
    head = sitk.ReadImage(str(data / "volumes/mr_t1gd_vs-seg-001_256.nrrd"))
    brain = sitk.ReadImage(str(data / "volumes/mr_brain1_image.nrrd"))
    labels = sitk.ReadImage(str(data / "volumes/../labels/mr_brain1_label.nrrd"))
    vectors, origin = lattice(head)
    axial = fitted(head, "axial", SIZE, 12.3)
    spline = itk_bspline(vectors, origin)
    save(golden / "warped_bspline.png", through_itk(head, axial, spline, sitk.sitkLinear))
    forward = vtk_bspline(vectors, origin)
    # Before all pictures: both programs mean the same spline.
    middle = corners(head).mean(axis=0)
    for n in range(100):
        p = middle + np.array([math.sin(n), math.sin(2.1 * n), math.sin(3.3 * n)]) * 120
        assert np.allclose(spline.TransformPoint(p.tolist()), forward.TransformPoint(p), atol=2e-4), p
    save(golden / "warped_bspline_inverse.png", through_function(head, axial, inverse_of(forward)))

    # A composite of an affine part, applied first in resampling, and the spline; nearest labels.
    vectors, origin = lattice(brain)
    affine = sitk.AffineTransform(3)
    affine.SetMatrix((0.95, 0.1, 0.0, -0.08, 1.05, 0.02, 0.0, 0.05, 1.0))
    affine.SetCenter(corners(brain).mean(axis=0).tolist())
    affine.SetTranslation((3.0, -4.0, 2.0))
    # Of a composite's parts, the last one is applied first.
    both = sitk.CompositeTransform([itk_bspline(vectors, origin), affine])
    coronal = fitted(brain, "coronal", SIZE, -14.5)
    save(golden / "warped_labels.png", through_itk(labels, coronal, both, sitk.sitkNearestNeighbor))

    # A displacement field on the nodes.
    vectors, origin = lattice(head)
    field = sitk.GetImageFromArray(vectors.copy(), isVector=True)
    field.SetOrigin(origin.tolist())
    field.SetSpacing(SPACING)
    save(
        golden / "warped_field.png",
        through_itk(head, axial, sitk.DisplacementFieldTransform(field), sitk.sitkLinear),
    )

    plate = thin_plate(head)
    save(golden / "warped_thin_plate.png", through_function(head, axial, inverse_of(plate)))

    flip = np.array([-1.0, -1.0, 1.0])
    back, plate_back = inverse_of(forward), inverse_of(plate)
    points = []
    for n in range(60):
        # Some of them beyond the lattice.
        p = middle + np.array([math.sin(n), math.sin(2.1 * n), math.sin(3.3 * n)]) * (190 if n % 3 == 0 else 110)
        points.append(
            {
                "point": (flip * p).tolist(),
                "bspline": (flip * np.array(forward.TransformPoint(p))).tolist(),
                "bspline_inverse": (flip * back(p)).tolist(),
                "thin_plate": (flip * np.array(plate.TransformPoint(p))).tolist(),
                "thin_plate_inverse": (flip * plate_back(p)).tolist(),
            }
        )
    (golden / "warped_points.json").write_text(json.dumps(points, indent=0) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
