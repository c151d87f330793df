# What building against ROS 2 wheels from PyPI needs beyond building against an installed ROS 2.

# Find the ROS 2 that pip installed for this build; a sourced ROS 2 needs none of this.
# A macro: find_package must see CMAKE_PREFIX_PATH.
macro(find_ros_of_this_pip)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  execute_process(
    COMMAND ${Python3_EXECUTABLE} -c
      "import pathlib, rosidl_adapter; print(pathlib.Path(rosidl_adapter.__file__).parents[4])"
    OUTPUT_VARIABLE ros_prefix
    OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY
  )
  list(PREPEND CMAKE_PREFIX_PATH ${ros_prefix})
  set(ENV{AMENT_PREFIX_PATH} ${ros_prefix})
endmacro()

# The wheels' generator_py targets name folders of the machine that built them, and CMake refuses
# a target with an include folder that does not exist. An installed ROS 2 has no such targets to mend.
function(drop_missing_include_directories)
  foreach(package IN LISTS ARGN)
    set(target ${package}::${package}__rosidl_generator_py)
    if(NOT TARGET ${target})
      continue()
    endif()
    get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
    set(existing)
    foreach(folder IN LISTS folders)
      if(EXISTS ${folder})
        list(APPEND existing ${folder})
      endif()
    endforeach()
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${existing}")
  endforeach()
endfunction()

# Nearly all of the build's time goes into parsing the same C++ headers once for each message.
function(compile_cpp_in_one_go package)
  foreach(typesupport cpp fastrtps_c fastrtps_cpp introspection_cpp)
    set(target ${package}__rosidl_typesupport_${typesupport})
    if(TARGET ${target})
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
    endif()
  endforeach()
endfunction()
