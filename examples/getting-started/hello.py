"""Says hello. The values below are the configuration of the operation."""

name = "world"
times = 3

for i in range(times):
    print(f"{i + 1}. Hello, {name}!")
