"""LlamaIndex: its reader, its sentence splitter, its FAISS store, its defaults otherwise.

Runs in an environment of its own: ``index_llamaindex.py FOLDER MODEL OUT [CHUNK_TOKENS]``.
"""

from __future__ import annotations

import sys
import time

STARTED = time.perf_counter()

import faiss  # noqa: E402
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex  # noqa: E402
from llama_index.core.node_parser import SentenceSplitter  # noqa: E402
from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # noqa: E402
from llama_index.vector_stores.faiss import FaissVectorStore  # noqa: E402
from measured import report  # noqa: E402


def main(folder: str, model: str, out: str, chunk_tokens: int = 1024) -> None:
    """Index ``folder``; 1,024 tokens with an overlap of 200 are LlamaIndex's own default."""
    embedder = HuggingFaceEmbedding(model_name=model)
    loaded = time.perf_counter()
    documents = SimpleDirectoryReader(folder, recursive=True).load_data()
    splitter = SentenceSplitter(chunk_size=chunk_tokens, chunk_overlap=min(200, chunk_tokens // 10))
    nodes = splitter.get_nodes_from_documents(documents)
    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(384))
    context = StorageContext.from_defaults(vector_store=store)
    VectorStoreIndex(nodes, storage_context=context, embed_model=embedder)
    context.persist(out)
    report(STARTED, loaded, model, [node.get_content() for node in nodes])


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
