#!/usr/bin/env python3
"""Classroom 50의 채점 파일입니다. CLASSROOM/autograders/ASSIGNMENT/autograder.py에 둡니다.

약속: https://github.com/foundation50/classroom50/wiki/Advanced-Autograding
지금 폴더는 학생의 것이고, 여기에 result.json을 적습니다. 0이 아닌 코드로 끝나면 채점하는 쪽의 잘못입니다.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# 꾸러미의 저장소입니다. 여러분의 것으로 바꾸세요.
COURSE = os.environ.get("COURSE_REPOSITORY", "https://github.com/OWNER/HANDOUT.git")
# 볼 문제입니다. 비워 두면 모두 봅니다.
EXERCISES = os.environ.get("COURSE_EXERCISES", "").split()

student = Path.cwd()
with tempfile.TemporaryDirectory() as scratch:
    course = Path(scratch) / "course"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", COURSE, course], check=True)
    report = Path(scratch) / "report"
    command = ["cargo", "course", "grade", student, "--student", os.environ["OWNER"]]
    command += ["--out", report, "--format", "classroom50"]
    for exercise in EXERCISES:
        command += ["--exercise", exercise]
    graded = subprocess.run(command, cwd=course, check=False)
    if graded.returncode != 0:
        sys.exit(graded.returncode)
    results = list(report.glob("classroom50/*/result.json"))
    if len(results) != 1:
        sys.exit("result.json이 하나가 아닙니다.")
    shutil.copyfile(results[0], student / "result.json")
