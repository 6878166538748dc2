"""What the Java libraries inside ML Commons do differently from Python's: Gson, JsonPath, StringSubstitutor.

Their behaviour is part of the recorded answers, so each is rebuilt here as far as a connector can reach it.
"""
