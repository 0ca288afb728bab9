"""SimpleITK on transforms, and jsonschema on markups. Usage: check_transforms.py apply|make|markups FOLDER [SCHEMA].

apply: where every transform file of FOLDER takes the points of points.json. make: writes transform files of SimpleITK's own
into FOLDER and says the same of them. markups: the schema errors of every .mrk.json file.
"""

import json
import math
import sys
from pathlib import Path

command, folder = sys.argv[1], Path(sys.argv[2])


def maps(transform):
    points = json.loads((folder / "points.json").read_text())
    return [transform.TransformPoint(point) for point in points]


def causes(error):
    """What stands behind "not valid under any of the given schemas"."""
    return [message for inner in error.context for message in causes(inner)] or [error.message]


def transforms(sitk):
    euler = sitk.Euler3DTransform((1, 2, 3), 0.1, -0.2, 0.3, (4, 5, 6))
    yield "euler", euler
    spline = sitk.BSplineTransform(3, 3)
    spline.SetTransformDomainOrigin((-50, -60, -70))
    spline.SetTransformDomainPhysicalDimensions((120, 130, 140))
    spline.SetTransformDomainMeshSize((3, 4, 5))
    spline.SetTransformDomainDirection((0, -1, 0, 1, 0, 0, 0, 0, 1))
    spline.SetTransformDomainOrigin((70, -60, -70))
    count = len(spline.GetParameters())
    spline.SetParameters([5 * math.sin(n * 0.7) for n in range(count)])
    yield "spline", spline
    array = sitk.Image([6, 7, 8], sitk.sitkVectorFloat64, 3)
    array.SetOrigin((-50, -60, -70))
    array.SetSpacing((20, 20, 20))
    for k in range(8):
        for j in range(7):
            for i in range(6):
                array[i, j, k] = (0.5 * i - 0.2 * k, 1.5 * math.sin(j), 0.3 * j * k)
    field = sitk.DisplacementFieldTransform(sitk.Image(array))
    yield "field", field
    yield "composite", sitk.CompositeTransform([euler, spline, field])
    many = [sitk.TranslationTransform(3, (n, 2 * n, 3)) for n in range(12)]
    yield "many", sitk.CompositeTransform(many + [euler])


if command == "markups":
    import jsonschema

    schema = json.loads(Path(sys.argv[3]).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    result = {}
    for path in sorted(folder.glob("*.mrk.json")):
        errors = validator.iter_errors(json.loads(path.read_text()))
        result[path.name] = [message for error in errors for message in causes(error)]
    print(json.dumps(result))
    sys.exit()

import SimpleITK as sitk

result = {}
if command == "make":
    for name, transform in transforms(sitk):
        for extension in [".tfm", ".h5"] + ([".mat"] if name in ("euler", "spline") else []):
            sitk.WriteTransform(transform, str(folder / (name + extension)))
            result[name + extension] = maps(transform)
else:
    for path in sorted(folder.iterdir()):
        if path.name != "points.json":
            result[path.name] = maps(sitk.ReadTransform(str(path)))
print(json.dumps(result))
