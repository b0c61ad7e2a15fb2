"""시작 방법마다 자식이 부모의 무엇을 보는지 견줍니다."""
import multiprocessing

toys = 1


def look(notes):
    notes.put(toys)


if __name__ == "__main__":
    toys = 7  # 프로그램이 실행되면서 바뀐 값입니다.
    for method in ("fork", "spawn", "forkserver"):
        if method not in multiprocessing.get_all_start_methods():
            print(f"{method}: 이 운영체제에는 없습니다")
            continue
        context = multiprocessing.get_context(method)
        notes = context.Queue()
        child = context.Process(target=look, args=(notes,))
        child.start()
        print(f"{method}: 자식이 본 장난감 {notes.get()}개")
        child.join()
    print("이 파이썬의 기본 방법:", multiprocessing.get_start_method())
