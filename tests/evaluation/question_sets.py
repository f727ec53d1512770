"""Question sets with real JPEGs, and a model that knows all answers."""

import hashlib

from evaluation.items import QuestionSet, from_benchmark
from tests.evaluation.benchmark_examples import benchmark, jpeg, pair
from tests.evaluation.chat_server import Asked, Says


def question_set(n_pairs: int = 4) -> QuestionSet:
    """Pairs 1, 2, …, each with two images of its own."""
    made = benchmark(*[pair(number) for number in range(1, n_pairs + 1)])
    images = {side.sha256: side.sha256 for one in made.pairs for side in (one.first, one.second)}
    return from_benchmark(made, images, lambda key: jpeg(f"#{key[:6]}"))


def oracle(questions: QuestionSet) -> Says:
    """Answers right with the letter, whatever the order of the options (one image shown)."""
    right = {
        hashlib.sha256(questions.read_image(item.image)).hexdigest(): (
            item.option_a if item.gold == "a" else item.option_b
        )
        for item in questions.items
    }

    def says(asked: Asked) -> str:
        (image,) = asked.images
        return "A" if f"A. {right[image]}\n" in asked.prompt else "B"

    return says
