"""`hansard demo`."""

from contextlib import closing
from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from hansard.cli.flags import with_options
from hansard.cli.main import set_up_logging
from hansard.cli.progress import Watcher, show_progress
from hansard.cli.tables import print_json
from hansard.evaluation import word_error_rate
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.transcript import Transcript
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.demonstrate import Sample, find_sample
from hansard.work.transcribe import transcribe as do_transcribe
from hansard.work.wires import Wires

WRITTEN = ("txt", "srt", "vtt", "json")


@with_options("Search", "Windows", "Guards", "Voice activity", "Machine", "Models on disk")
def demo(
    sample: str = "standup",
    /,
    *,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    options: Options,
) -> None:
    """Transcribe a recording that comes with Hansard, offline, and compare with what was said.

    Parameters
    ----------
    sample
        `standup`, `podcast` or `note`.
    json_
        Write JSON.
    """
    set_up_logging(verbose=False)
    chosen = find_sample(sample)
    options = replace(options, model="demo", offline=True)
    with show_progress(wanted=True) as progress, closing(LocalWorkshop(options)) as workshop:
        watcher = Watcher(progress, chosen.title)
        transcript = do_transcribe(chosen.path, options, workshop, Wires(on_event=watcher))
        watcher.finish()
        model = workshop.hub.find("demo").path
    folder = options.data_dir.expanduser() / "demo"
    for wanted in WRITTEN:
        write_whole(folder / f"{chosen.name}.{wanted}", transcript.render(wanted, options))
    rate = word_error_rate(chosen.text, transcript.text, normaliser="english")
    if json_:
        files = [str(folder / f"{chosen.name}.{wanted}") for wanted in WRITTEN]
        print_json(
            {"sample": chosen.name, "wer": rate.rate, "text": transcript.text, "files": files}
        )
        return
    _tell(chosen, transcript)
    counted = f"({rate.errors} errors in {rate.reference_length} words)"
    print(f"\nWER {100 * (rate.rate or 0):.1f} %  {counted}")
    print(f"recording    {chosen.path}")
    print(f"model        {model}")
    print(f"transcripts  {folder}/{chosen.name}.{{{','.join(WRITTEN)}}}")


def _tell(sample: Sample, transcript: Transcript) -> None:
    seconds = transcript.metrics["processing_time_seconds"]
    print(f"{sample.title}: {transcript.duration:.1f} s, transcribed in {seconds:.1f} s\n")
    for segment in transcript.segments:
        print(f"{_clock(segment.start)} - {_clock(segment.end)}  {segment.text}")
    if transcript.trust is not None:
        print(f"\ntrust: {transcript.trust.summarise()}")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{seconds % 60:05.2f}"
