"""A recurrent network that writes: a character LSTM learns a text, and then makes up its own.

    python examples/character_lstm.py
    python examples/character_lstm.py --text FILE

The text is a file of yours or, by default, the reference of the Python language that is part of
every Python (`help("for")` shows a piece of it). One layer of long short-term memory reads it
character by character and foretells the next one; how well is told in bits: log2 of the number of
characters is knowing nothing, English takes people about one.

Reference: Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997.
"""

import pydoc_data.topics
from pathlib import Path
from typing import NamedTuple

import numpy as np

import theano
import theano.tensor as T
from gallery import Options, adam, finish, new_figure, open_grid, parameter
from theano.compile import SharedVariable
from theano.sandbox.rng_mrg import MRG_RandomStreams
from training import Progress, count_option, plain_errors, rate_option

HELD_OUT = 0.05
"""Share of the text, at its end, that is not learnt from."""
TYPE = {"family": "monospace", "fontsize": 9, "ha": "center", "va": "center"}
N_ROWS, N_COLUMNS, MOST_BITS = 9, 76, 10
"""Lines and characters of the text in the picture, and the end of its colours."""


def read_text(path):
    if path is None:
        text = "\n\n".join(pydoc_data.topics.topics.values())
    else:
        with plain_errors():
            text = Path(path).read_text("utf-8")
    return text


class Network(NamedTuple):
    """What is learnt. The gates (take, keep, show) and what may be taken lie side by side."""

    embedding: SharedVariable  # (n_characters, 4 * n)
    recurrent: SharedVariable  # (n, 4 * n)
    gate_bias: SharedVariable  # (4 * n,)
    reader: SharedVariable  # (n, n_characters)
    reader_bias: SharedVariable  # (n_characters,)


def network(n_characters, n, rng):
    gate_bias = np.zeros(4 * n)
    gate_bias[n : 2 * n] = 1  # to remember is the beginning
    return Network(
        parameter(0.1 * rng.standard_normal((n_characters, 4 * n)), "embedding"),
        parameter(rng.standard_normal((n, 4 * n)) / np.sqrt(n), "recurrent"),
        parameter(gate_bias, "gate_bias"),
        parameter(rng.standard_normal((n, n_characters)) / np.sqrt(n), "reader"),
        parameter(np.zeros(n_characters), "reader_bias"),
    )


def advance(x, h, c, recurrent):
    """State ``h`` and memory ``c`` ``(batch, n)`` after the input ``x`` ``(batch, 4 * n)``."""
    n = h.shape[1]
    gates = x + T.dot(h, recurrent)
    take, keep, show = (T.nnet.sigmoid(gates[:, i * n : (i + 1) * n]) for i in range(3))
    c = keep * c + take * T.tanh(gates[:, 3 * n :])
    return show * T.tanh(c), c


def foretell(characters, h, c, net):
    """Probabilities of each next character, and the state at the end.

    ``characters`` is an integer matrix ``(time, batch)``; the probabilities are ``(time * batch,
    n_characters)``.
    """
    # What does not depend on the state is computed for all times at once, outside the loop.
    x = net.embedding[characters] + net.gate_bias
    (hs, cs), _ = theano.scan(
        advance, sequences=x, outputs_info=[h, c], non_sequences=net.recurrent, strict=True
    )
    flat = hs.reshape((-1, hs.shape[2]))
    return T.nnet.softmax(T.dot(flat, net.reader) + net.reader_bias), hs[-1], cs[-1]


def writer(net, h, c, temperature, srng):
    """A function from a first character and a length to the characters written after it."""
    first, length = T.iscalar("first"), T.iscalar("length")

    def write(chance, character, h, c):
        x = net.embedding[character].dimshuffle("x", 0) + net.gate_bias
        h, c = advance(x, h, c, net.recurrent)
        p = T.nnet.softmax((T.dot(h, net.reader) + net.reader_bias) / temperature)[0]
        # The character at which the sum of the probabilities passes a random number.
        character = T.minimum(T.sum(T.cumsum(p) < chance), p.shape[0] - 1)
        return T.cast(character, "int32"), h, c

    chances = srng.uniform((length,), dtype=theano.config.floatX)
    (written, _, _), _ = theano.scan(write, sequences=chances, outputs_info=[first, h, c])
    return theano.function([first, length], written)


def tracks(characters, n):
    """A text's numbers as ``n`` columns ``(time, n)``, each going on where the last one ends."""
    length = len(characters) // n
    return characters[: length * n].reshape(n, length).T


def main(arguments=None):
    parser = Options(__doc__, epochs=15, batch_size=32, lr=0.004)
    parser.add_argument("--text", metavar="FILE", help="learn this text (UTF-8)")
    parser.number("--hidden", count_option, 256, "hidden units")
    parser.number("--length", count_option, 64, "characters through which a gradient goes back")
    parser.number("--sample", count_option, 600, "characters that are written at the end")
    parser.number("--temperature", rate_option, 0.7, "below 1 it writes what is likely")
    options = parser.read(arguments)
    rng = np.random.default_rng(options.seed)
    srng = MRG_RandomStreams(options.seed)

    text = read_text(options.text)
    alphabet = sorted(set(text))
    number = {character: i for i, character in enumerate(alphabet)}
    numbers = np.array([number[character] for character in text], dtype="int32")
    n_learnt = int(len(numbers) * (1 - HELD_OUT))
    learnt, held_out = tracks(numbers[:n_learnt], options.batch_size), numbers[n_learnt:]
    if min(len(learnt) - options.length, len(held_out) - 1) < 1:
        raise SystemExit(
            f"the text has only {len(text)} characters.\n"
            f"  expected: more than --batch-size {options.batch_size} times --length "
            f"{options.length}, and {HELD_OUT:.0%} besides that\n"
            "  fix:      give a longer --text, or make these smaller"
        )
    print(f"{len(text)} characters, {len(alphabet)} different ones")

    net = network(len(alphabet), options.hidden, rng)
    zeros = np.zeros((options.batch_size, options.hidden))
    h, c = parameter(zeros, "h"), parameter(zeros, "c")

    characters, next_characters = T.imatrix("characters"), T.imatrix("next_characters")
    p, last_h, last_c = foretell(characters, h, c, net)
    cost = T.nnet.categorical_crossentropy(p, next_characters.flatten()).mean()

    # A step reads the next piece of every track, from the state in which the last one ended.
    lr, start = T.scalar("lr"), T.iscalar("start")
    track, stop = theano.shared(learnt), start + options.length
    train = theano.function(
        [start, lr],
        cost / np.log(2),
        updates=[*adam(cost, net, lr), (h, last_h), (c, last_c)],
        givens={characters: track[start:stop], next_characters: track[start + 1 : stop + 1]},
    )

    # A state of one row, in which nothing was read yet.
    one = parameter(zeros[:1], "one")
    p, _, _ = foretell(characters, one, one, net)
    chosen = p[T.arange(p.shape[0]), next_characters.flatten()]
    surprise = theano.function([characters, next_characters], -T.log2(chosen))

    bits = []
    starts = range(0, len(learnt) - options.length, options.length)
    n_steps = options.epochs * len(starts)
    with Progress(options, len(starts)) as progress:
        for _ in range(options.epochs):
            for variable in (h, c):
                variable.set_value(np.zeros_like(variable.get_value()))
            for start in starts:
                rate = options.lr * (1 - len(progress.costs) / n_steps)
                progress.step(train(start, np.asarray(rate, theano.config.floatX)))
            surprises = surprise(held_out[:-1, None], held_out[1:, None])
            bits.append(surprises.mean())
            progress.end_epoch(f"held-out text: {bits[-1]:.3f} bits a character")

    write = writer(net, one, one, options.temperature, srng)
    written = write(number.get("\n", 0), options.sample)
    print("".join(alphabet[i] for i in written))
    surprises = surprise(held_out[:-1, None], held_out[1:, None])
    picture = draw(progress, bits, [alphabet[i] for i in held_out[1:]], surprises)
    finish(picture, "character_lstm.png", options, interrupted=progress.interrupted)
    return progress.costs


def draw(progress, bits, text, surprises):
    """Bits a character over the epochs, and a piece of the held-out text on its surprise."""
    figure = new_figure(9, 5.4)
    above, below = figure.subplots(2, 1, height_ratios=(1, 1.3))

    epochs = np.arange(1, len(progress.costs) + 1) / progress.n_batches
    above.plot(epochs, progress.costs, color="0.7", linewidth=1, label="the text that is learnt")
    above.plot(range(1, len(bits) + 1), bits, "o-", markersize=4, label="held-out text")
    above.set(xlabel="epoch", ylabel="bits a character")
    above.legend()
    open_grid(above)

    rows = lines(text, surprises)
    colours = np.full((N_ROWS, N_COLUMNS), np.nan)
    for row, line in enumerate(rows):
        for column, (character, surprise) in enumerate(line):
            colours[row, column] = surprise
            ink = "white" if surprise > MOST_BITS / 2 else "black"
            below.text(column, row, character, color=ink, **TYPE)
    shown = below.imshow(colours, cmap="Oranges", vmin=0, vmax=MOST_BITS, aspect="auto")
    below.set_title("held-out text: how many bits each character comes as a surprise")
    below.title.set_fontsize("medium")
    below.set_axis_off()
    figure.colorbar(shown, ax=below, label="bits", pad=0.01)
    return figure


def lines(text, surprises):
    """The piece of the text with most letters, as rows of (character, surprise)."""
    n_letters = np.cumsum([character.isalpha() for character in text])
    piece = N_ROWS * N_COLUMNS
    start = int(np.argmax(n_letters[piece:] - n_letters[:-piece])) if len(text) > piece else 0
    rows = [[]]
    for character, surprise in zip(text[start:], surprises[start:], strict=True):
        if character == "\n" or len(rows[-1]) == N_COLUMNS:
            if rows[-1]:
                rows.append([])
            if len(rows) > N_ROWS:
                break
        if character.isprintable():
            rows[-1].append((character, surprise))
    return rows[:N_ROWS]


if __name__ == "__main__":
    main()
