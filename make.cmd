@echo off
rem make check and make test where there is no make: what the Makefile says, for Windows.
setlocal
cd /d "%~dp0"
if not defined PYTHON set PYTHON=py -3
set BIN=.venv\Scripts
if /i "%~1"=="check" goto install
if /i "%~1"=="test" goto install
echo usage: make check   checks references.yaml against the demo server; no internet needed
echo        make test    the tests: no network, any order, in parallel
exit /b 2

:install
if exist .venv\.installed goto %~1
%PYTHON% -m venv .venv || exit /b 1
%BIN%\python -m pip install --quiet --upgrade "pip>=25.1" || exit /b 1
%BIN%\python -m pip install --quiet --editable .[all] --group dev || exit /b 1
type nul > .venv\.installed
goto %~1

:check
%BIN%\evidence demo references.yaml
exit /b %ERRORLEVEL%

:test
set PYTHONDONTWRITEBYTECODE=
%BIN%\python -m pytest -n %NUMBER_OF_PROCESSORS% -q -m "not acceptance"
exit /b %ERRORLEVEL%
