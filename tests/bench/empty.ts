// A program that does nothing: what Deno itself takes.
