"""The engine on a server that speaks the OpenAI chat interface: llama-server, vLLM, Ollama."""
