"""Numbers about labels, against SimpleITK 2.5.7, NumPy 2.4.6 and SciPy 1.17.1; positions of SimpleITK are LPS, ours RAS.

Sums of positions are exact here and rounded there: 1e-9 relative. The directions of axes are free in sign, so they are not
compared; the box along them is, by its edges.
"""

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from peer import Cases

cases = Cases()
pieces = sitk.ConnectedComponent(cases["ct"] > 150)
cases.images["pieces"] = sitk.Cast(sitk.RelabelComponent(pieces, minimumObjectSize=30), sitk.sitkUInt16)
turned = sitk.Cast(sitk.Abs(cases["mirrored"]) / 200, sitk.sitkUInt8)
cases.images["turned"] = turned
cases.images["slice"] = sitk.Cast((cases["flat"] + 800) / 300, sitk.sitkUInt8)

for name in ("labels", "pieces", "turned", "slice"):
    labels = cases[name]
    f = sitk.LabelShapeStatisticsImageFilter()
    f.ComputeFeretDiameterOn()
    f.ComputeOrientedBoundingBoxOn()
    f.Execute(labels)
    of = lambda get: [float(get(l)) for l in f.GetLabels()]
    part = lambda get, n, sign=1.0: [sign * float(get(l)[n]) for l in f.GetLabels()]
    columns = {
        "label": [int(l) for l in f.GetLabels()], "voxels": of(f.GetNumberOfPixels), "volume": of(f.GetPhysicalSize),
        "flatness": of(f.GetFlatness), "elongation": of(f.GetElongation), "surface": of(f.GetPerimeter), "roundness": of(f.GetRoundness),
        "feret diameter": of(f.GetFeretDiameter), "equivalent spherical radius": of(f.GetEquivalentSphericalRadius),
        "equivalent spherical surface": of(f.GetEquivalentSphericalPerimeter), "voxels on border": of(f.GetNumberOfPixelsOnBorder),
        "surface on border": of(f.GetPerimeterOnBorder), "surface on border ratio": of(f.GetPerimeterOnBorderRatio),
    }
    for n, (axis, ras, ijk) in enumerate(zip("xyz", "ras", "ijk")):
        columns[f"centroid {ras}"] = part(f.GetCentroid, n, -1.0 if n < 2 else 1.0)
        columns[f"box start {ijk}"] = part(f.GetBoundingBox, n)
        columns[f"box size {ijk}"] = part(f.GetBoundingBox, n + 3)
        columns[f"principal moment {axis}"] = part(f.GetPrincipalMoments, n)
        columns[f"equivalent ellipsoid diameter {axis}"] = part(f.GetEquivalentEllipsoidDiameter, n)
        columns[f"oriented box size {axis}"] = part(f.GetOrientedBoundingBoxSize, n)
    if name == "slice":
        # Of a slice one moment is 0 but for rounding, which decides what ratios with it are.
        for column in ["flatness"] + [f"equivalent ellipsoid diameter {axis}" for axis in "xyz"]:
            del columns[column]
    cases.add("label-shape-statistics", {"input": name}, {}, columns=columns, tolerance=1e-8)

    # The same by segments, with the values of a volume on the same grid.
    volume = sitk.GetImageFromArray(np.random.default_rng(3).normal(100, 30, labels.GetSize()[::-1]).astype(np.float32))
    volume.CopyInformation(labels)
    array, values = sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(volume).astype(float)
    found = [values[array == l] for l in f.GetLabels()]
    size = float(np.prod(labels.GetSpacing()))
    columns = {
        "Segment": [f"Segment_{l}" for l in f.GetLabels()], "Voxel count (LM)": of(f.GetNumberOfPixels), "Volume mm3 (LM)": of(f.GetPhysicalSize),
        "Volume cm3 (LM)": [v / 1000 for v in of(f.GetPhysicalSize)], "Voxel count (SV)": [len(v) for v in found],
        "Volume mm3 (SV)": [len(v) * size for v in found], "Volume cm3 (SV)": [len(v) * size / 1000 for v in found],
        "Minimum": [v.min() for v in found], "Maximum": [v.max() for v in found], "Mean": [v.mean() for v in found],
        "Standard deviation": [v.std(ddof=1) for v in found], "Median": [float(np.median(v)) for v in found],
    }
    for p in (5, 95):
        columns[f"Percentile {p}"] = [float(np.percentile(v, p)) for v in found]
    cases.add("segment-statistics", {"input": name, "volume": volume}, {}, columns=dict(columns), tolerance=1e-8)
    for p in (10, 90):
        columns[f"Percentile {p}"] = [float(np.percentile(v, p)) for v in found]
    columns.update({"Feret diameter mm": of(f.GetFeretDiameter), "Surface mm2": of(f.GetPerimeter), "Roundness": of(f.GetRoundness),
                    "Elongation": of(f.GetElongation)})
    for n, (axis, ras) in enumerate(zip("xyz", "ras")):
        columns[f"Centroid_{ras}"] = part(f.GetCentroid, n, -1.0 if n < 2 else 1.0)
        columns[f"Principal moments_{axis}"] = part(f.GetPrincipalMoments, n)
        columns[f"OBB diameter_{axis}"] = part(f.GetOrientedBoundingBoxSize, n)
    cases.add("segment-statistics", {"input": name, "volume": volume}, {"measurement": ["all"]}, columns=columns, tolerance=1e-8)

# A volume on another grid: the segments are read at the middles of its voxels.
labels = cases["labels"]
grid = sitk.Image(20, 25, 30, sitk.sitkFloat32)
grid.SetOrigin(labels.TransformContinuousIndexToPhysicalPoint((3.3, 4.1, -2.2)))
grid.SetSpacing((1.1, 0.7, 0.9))
volume = sitk.Cast(sitk.AdditiveGaussianNoise(grid, 10, 50, 7), sitk.sitkFloat32)
array = sitk.GetArrayFromImage(sitk.Resample(labels, volume, sitk.Transform(), sitk.sitkNearestNeighbor, 0))
values = sitk.GetArrayFromImage(volume).astype(float)
every = [int(l) for l in np.unique(sitk.GetArrayFromImage(labels)) if l]
found = [values[array == l] for l in every]
none = float("nan")
columns = {"Voxel count (SV)": [len(v) for v in found], "Mean": [v.mean() if len(v) else none for v in found],
           "Maximum": [v.max() if len(v) else none for v in found]}
columns = {name: [None if v != v else v for v in column] for name, column in columns.items()}
cases.add("segment-statistics", {"input": "labels", "volume": volume}, {}, columns=columns, tolerance=1e-8, name="another grid")

# Segments and their distances. SimpleITK's distances are of all voxels, in single precision; those of boundaries are SciPy's.
def boundary(a):
    return a & ~ndimage.binary_erosion(a, ndimage.generate_binary_structure(3, 1), border_value=0)


def distances(a, b, spacing):
    """From each voxel of a to the nearest of b."""
    return np.sort(ndimage.distance_transform_edt(~b, sampling=spacing)[a])


for shift in ((2, -1, 1), (-9, 4, 0)):
    a = cases["mask"]
    array = sitk.GetArrayFromImage(a)
    b = sitk.GetImageFromArray(np.roll(array, shift[::-1], (0, 1, 2)))
    b.CopyInformation(a)
    overlap, hausdorff = sitk.LabelOverlapMeasuresImageFilter(), sitk.HausdorffDistanceImageFilter()
    overlap.Execute(a, b)
    hausdorff.Execute(a, b)
    edges = [boundary(sitk.GetArrayFromImage(image) > 0) for image in (a, b)]
    spacing = a.GetSpacing()[::-1]
    there, back = distances(*edges, spacing), distances(*edges[::-1], spacing)
    rank = lambda d: d[int(np.floor(0.95 * len(d) - 1))]
    cases.add("compare-segmentations", {"input": b, "reference": "mask"}, {}, tolerance=2e-6, name=f"{shift}", values={
        "pairs": 1, "dice": overlap.GetDiceCoefficient(1), "jaccard": overlap.GetJaccardCoefficient(1),
        "volume-hausdorff": hausdorff.GetHausdorffDistance(), "volume-hausdorff-average": hausdorff.GetAverageHausdorffDistance(),
        "hausdorff": max(there[-1], back[-1]), "hausdorff-average": (there.mean() + back.mean()) / 2,
        "hausdorff-95": (rank(there) + rank(back)) / 2, "surface-distance": (there.sum() + back.sum()) / (len(there) + len(back)),
    })

for name, bins in (("ct", 100), ("oblique", 37)):
    counts, edges = np.histogram(sitk.GetArrayFromImage(cases[name]).astype(float), bins)
    cases.add("histogram", {"input": name}, {"bins": bins}, values={"total": int(counts.sum()), "start": float(edges[0])}, tolerance=1e-12,
              columns={"count": counts.tolist(), "lower": edges[:-1].tolist(), "upper": edges[1:].tolist()})

source = cases["oblique"]
ends = [np.array(source.TransformContinuousIndexToPhysicalPoint(p)) for p in ((2.2, 3.1, 1.7), (30.4, 20.9, 19.2))]
samples = np.linspace(*ends, 51)
indices = np.array([source.TransformPhysicalPointToContinuousIndex(p) for p in samples])
values = ndimage.map_coordinates(sitk.GetArrayFromImage(source).astype(float), indices[:, ::-1].T, order=1)
cases.add("line-profile", {"input": "oblique"}, {"point": [(p * [-1, -1, 1]).tolist() for p in ends], "line-resolution": 50}, tolerance=1e-6,
          columns={"Intensity": values.tolist(), "Distance": np.linalg.norm(samples - ends[0], axis=1).tolist()})
cases.write()
