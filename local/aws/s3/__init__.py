"""S3: moto's, with what is in the objects kept in files.

moto keeps objects in memory, and reads one whole for every range that is asked of it. Here an upload is streamed into a
file (`upload.py`), moto is handed a `Body` that stands for the file (`body.py`, `keys.py`), and when moto answers with
a Body or a slice of one, the file is streamed out. All rules (conditions, ranges, versions, multipart, tags,
encryption headers, policies) stay moto's.
"""
