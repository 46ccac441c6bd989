"""LangChain: one question to what ``index_langchain.py`` saved.

``search_langchain.py OUT MODEL QUESTION``
"""

from __future__ import annotations

import sys

from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings


def main(out: str, model: str, question: str) -> None:
    """Print the five best; the pickle that LangChain keeps is our own."""
    embedder = HuggingFaceEmbeddings(model_name=model)
    store = FAISS.load_local(out, embedder, allow_dangerous_deserialization=True)
    for document in store.similarity_search(question, k=5):
        print(document.page_content[:80])


if __name__ == "__main__":
    main(*sys.argv[1:4])
