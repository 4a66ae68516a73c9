"""The echo server by datagrams, one way of waiting a file, under the names of the models in `concur/echo`.

There are no connections: one socket, and each datagram goes back to who sent
it. So there is nobody to keep apart, and what a model costs stands out more
plainly. What is not the model's own business is in `contract.py`; read it
first, then `callbacks.py`. What must not live here: streams.
"""
