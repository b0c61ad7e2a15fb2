"""ch01_03과 같은 일을 파이썬으로 합니다: 같은 주소에서 두 프로세스가 다른 값을 봅니다.

os.fork가 있는 Linux와 macOS에서 돕니다.
"""

import os

toys = [3]


def look(who):
    # CPython에서 id()는 객체가 놓인 주소입니다.
    print(f"{who} PID {os.getpid()}: 주소 {id(toys):#x}에 {toys[0]}", flush=True)


pid = os.fork()
if pid == 0:
    # 자식: fork는 자식에게 0을 돌려줍니다.
    toys[0] = 42
    look("자식")
    os._exit(0)

# 부모: fork는 부모에게 자식의 PID를 돌려줍니다.
os.waitpid(pid, 0)
look("부모")
