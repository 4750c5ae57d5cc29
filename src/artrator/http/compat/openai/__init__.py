"""OpenAI's image API over the same runs, prices and rules. Source: https://platform.openai.com/docs/api-reference/images."""
