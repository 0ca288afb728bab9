"""Orders, boxes and projections of voxels, against SimpleITK 2.5.7."""

import numpy as np
import SimpleITK as sitk
from peer import Cases

cases = Cases()
for name in ("ct", "oblique", "mirrored", "flat"):
    source = cases[name]
    exact = dict(equal=1.0)
    flipped = sitk.Flip(source, [True, False, True])
    cases.add("flip", {"input": name}, {"i": True, "k": True, "keep-in-place": True}, flipped, **exact)
    mirrored = sitk.GetImageFromArray(sitk.GetArrayFromImage(source)[::-1, :, ::-1])
    mirrored.CopyInformation(source)
    cases.add("flip", {"input": name}, {"i": True, "k": True}, mirrored, **exact)
    for order in ([2, 0, 1], [1, 0, 2], [0, 2, 1]):
        cases.add("permute", {"input": name}, {"order": order}, sitk.PermuteAxes(source, order), **exact)
    for code in ("LPS", "RAI", "RSA", "ASL", "SPR", "IAL", "PIR"):
        oriented = sitk.DICOMOrient(source, "".join(dict(zip("RLAPIS", "LRPASI"))[c] for c in code))
        cases.add("orient", {"input": name}, {"orientation": code.lower()}, oriented, **exact)
    lower, upper = [2, 1, 0], [0, 3, 0 if name == "flat" else 2]
    cases.add("pad", {"input": name}, {"lower": lower, "upper": upper, "value": 7}, sitk.ConstantPad(source, lower, upper, 7), **exact)
    for mode, pad in (("mirror", sitk.MirrorPad), ("wrap", sitk.WrapPad), ("nearest", sitk.ZeroFluxNeumannPad)):
        cases.add("pad", {"input": name}, {"lower": lower, "upper": upper, "mode": mode}, pad(source, lower, upper), **exact)
    cases.add("crop", {"input": name}, {"lower": lower, "upper": upper}, sitk.Crop(source, lower, upper), **exact)
    cases.add("tile", {"input": name}, {"layout": [2, 3, 1]}, sitk.Tile([source] * 6, [2, 3, 1]), geometry=False, **exact)
    for n, axis in enumerate("ijk"):
        if name == "flat" and axis == "k":
            continue
        for method, project in (("maximum", sitk.MaximumProjection), ("minimum", sitk.MinimumProjection), ("median", sitk.MedianProjection),
                                ("mean", sitk.MeanProjection), ("sum", sitk.SumProjection), ("standard-deviation", sitk.StandardDeviationProjection)):
            wide = sitk.Cast(source, sitk.sitkFloat64) if method in ("mean", "sum", "standard-deviation") else source
            # ITK leaves the slice at the volume's origin; ours stands in its middle.
            cases.add("projection", {"input": name}, {"axis": axis, "method": method}, project(wide, n), geometry=False,
                      tolerance=1e-12, name=method)
colors = sitk.Compose([cases["ct"], cases["ct"] * 2, cases["ct"] + 5])
cases.add("vector-to-scalar", {"input": colors}, {"method": "magnitude"},
          sitk.VectorMagnitude(sitk.Cast(colors, sitk.sitkVectorFloat64)), tolerance=1e-6)
cases.add("vector-to-scalar", {"input": colors}, {"method": "single-component", "component": 1}, sitk.VectorIndexSelectionCast(colors, 1), equal=1.0)

# Cropping: a box along the patient's axes and the voxels that ITK's resampler finds on the grid that fills it.
source = cases["ct"]
center = np.array(source.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in source.GetSize()]))
spacing = np.array(source.GetSpacing())
dims = np.array([11, 9, 6])
size = dims * spacing + 0.3
direction = np.array(source.GetDirection()).reshape(3, 3)
grid = sitk.Image([int(n) for n in dims], sitk.sitkFloat64)
grid.SetSpacing([float(s) for s in spacing])
grid.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
ras = center * [-1, -1, 1]
origin = ras - (dims - 1) / 2 * spacing
grid.SetOrigin([float(v) for v in origin * [-1, -1, 1]])
cases.add("crop-volume", {"input": "ct"}, {"center": ras.tolist(), "size": size.tolist()},
          sitk.Resample(sitk.Cast(source, sitk.sitkFloat64), grid, sitk.Transform(), sitk.sitkLinear, 0.0), absolute=0.501, tolerance=1e-6)
cases.write()
