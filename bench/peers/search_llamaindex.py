"""LlamaIndex: one question to what ``index_llamaindex.py`` saved.

``search_llamaindex.py OUT MODEL QUESTION``
"""

from __future__ import annotations

import sys

from llama_index.core import StorageContext, load_index_from_storage
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore


def main(out: str, model: str, question: str) -> None:
    """Print the five best."""
    embedder = HuggingFaceEmbedding(model_name=model)
    store = FaissVectorStore.from_persist_dir(out)
    context = StorageContext.from_defaults(vector_store=store, persist_dir=out)
    index = load_index_from_storage(context, embed_model=embedder)
    for hit in index.as_retriever(similarity_top_k=5).retrieve(question):
        print(hit.score, hit.node.get_content()[:80])


if __name__ == "__main__":
    main(*sys.argv[1:4])
