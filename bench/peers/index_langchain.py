"""LangChain: its loader, its recursive splitter (1,000 characters, 200 of overlap), FAISS.

Runs in an environment of its own: ``index_langchain.py FOLDER MODEL OUT``.
"""

from __future__ import annotations

import sys
import time

STARTED = time.perf_counter()

from langchain_community.document_loaders import DirectoryLoader, TextLoader  # noqa: E402
from langchain_community.vectorstores import FAISS  # noqa: E402
from langchain_huggingface import HuggingFaceEmbeddings  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402
from measured import report  # noqa: E402


def main(folder: str, model: str, out: str) -> None:
    """Index ``folder`` as the tutorial of LangChain does."""
    embedder = HuggingFaceEmbeddings(model_name=model)
    loaded = time.perf_counter()
    loader = DirectoryLoader(
        folder, glob="**/*.txt", loader_cls=TextLoader, loader_kwargs={"encoding": "utf-8"}
    )
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = splitter.split_documents(loader.load())
    FAISS.from_documents(chunks, embedder).save_local(out)
    report(STARTED, loaded, model, [chunk.page_content for chunk in chunks])


if __name__ == "__main__":
    main(*sys.argv[1:4])
